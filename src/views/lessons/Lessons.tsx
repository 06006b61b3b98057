import { useView } from "../../store/view/view.ts";
import { LessonList } from "./LessonList.tsx";
import { LessonRunner } from "./LessonRunner.tsx";
import "./lessons.css";

/** The lessons: all of them, or the one that is open. */
export function Lessons() {
  const lesson = useView((view) => view.lesson);
  return lesson === null ? <LessonList /> : <LessonRunner key={lesson} id={lesson} />;
}
