import { RUN_MARKS } from "./run-marks.ts";

/** The shape in the colour that stands for a stored run everywhere. */
export function RunMark({ colour }: { colour: number }) {
  return (
    <svg className="run-mark" width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
      <path
        className="run-mark-shape"
        d={RUN_MARKS[colour]?.path}
        style={{ color: `var(--run-${colour})` }}
      />
    </svg>
  );
}
