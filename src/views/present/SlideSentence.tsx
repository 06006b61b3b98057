import type { StepRecord } from "../../record/record.ts";
import { slideSentence } from "../../analysis/slide-sentence.ts";
import type { Slide } from "../../analysis/slides.ts";
import { useRun } from "../../store/run/run-store.ts";
import { learnt } from "../../store/screen/slides.ts";
import { useSlide } from "../../store/view/slides.ts";
import { useView } from "../../store/view/view.ts";
import { SentenceParts } from "../stage/SentenceParts.tsx";
import "./presenter.css";

/** What the slide on the page says of the batch that the figures show. */
export function SlideSentence({ slide, record }: { slide: Slide; record: StepRecord }) {
  const row = useSlide((state) => state.row);
  const group = useView((view) => view.group);
  // Drawn again when training has come further.
  useRun((run) => run.history.length);
  return <SentenceParts parts={slideSentence(slide, { record, group, row }, learnt())} />;
}
