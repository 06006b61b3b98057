import * as format from "../../analysis/format.ts";
import { Word } from "../controls/Word.tsx";

/** Where a batch holds few rows of a prompt: how many more there are. `height`: CSS pixels. */
export const RestOfRows = ({ count, height }: { count: number; height: number }) => (
  <p className="twin-rest" style={{ height }}>
    {format.plural(count, "more completion")} of this prompt, in other inner steps of the same{" "}
    <Word id="rollout">rollout</Word>
  </p>
);

/** The chosen prompt is hardly in this batch. */
export const OtherGroup = ({ whole }: { whole: boolean }) => (
  <p className="twin-badge">
    This step has fewer than two completions of the chosen prompt
    {whole ? ": the whole batch is shown." : ", so another is shown."}
  </p>
);
