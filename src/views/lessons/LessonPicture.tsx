import type { Picture } from "../../lessons/lesson.ts";
import { Enlargeable } from "../experiments/Enlargeable.tsx";
import "../experiments/experiments.css";

/** More runs than the one on screen, under its title, which opens it large. */
export const LessonPicture = ({ picture: { panel, of } }: { picture: Picture }) => (
  <figure className="lesson-picture">
    <Enlargeable panel={panel} of={of} />
    <figcaption>{of}</figcaption>
  </figure>
);
