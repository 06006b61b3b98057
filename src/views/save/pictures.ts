import type { RunConfig } from "../../config/types.ts";
import type { StepRecord } from "../../record/record.ts";
import { useView } from "../../store/view/view.ts";
import { STAGES } from "../../analysis/stage.ts";
import { batchCaption, fileName, runCaption } from "./caption.ts";
import { useRun } from "../../store/run/run-store.ts";
import { shownRun } from "../../store/screen/screen.ts";
import type { Picture } from "./SaveMenu.tsx";

interface BatchPictures {
  twin: readonly Picture[];
  anatomy: Picture;
  distributions: Picture;
}

/** The pictures of one batch; `run` is null where the batch was edited or made up. */
export function batchPictures(record: StepRecord, run: RunConfig | null): BatchPictures {
  const picture = (
    title: string,
    says: () => string,
    name: string,
    parts: (from: Element) => (Element | null | undefined)[],
  ): Picture => ({
    title,
    name: () =>
      fileName(name, run?.preset ?? "edited", "step", record.step, `k${record.innerStep}`),
    caption: () => batchCaption(says(), record, run),
    parts: (from) => parts(from).filter((part) => part != null),
  });
  const cells = (): string => {
    const { stage, quantity } = STAGES[useView.getState().stage - 1]!;
    return stage <= 2
      ? "heights log r, blue more likely, orange less likely, hatched beyond the clip limit"
      : `cells ${quantity}, blue up, orange down, hatched where clipped`;
  };
  const figures = (from: Element) => [
    ...(from.closest(".twin")?.querySelectorAll(".twin-figure") ?? []),
  ];
  /** Row names, rewards and advantages: beside Figure 3 they are part of it. */
  const margin = (from: Element) =>
    from.closest(".twin")?.matches("[data-stacked]")
      ? []
      : [from.closest(".twin")?.querySelector(".twin-rows")];
  return {
    twin: [
      picture(
        "Figure 3",
        () => `Figure 3: GRPO, one ratio per token; ${cells()}`,
        "figure-3",
        (from) => figures(from).slice(0, 1),
      ),
      picture(
        "Figure 4",
        () => `Figure 4: GSPO, one ratio per row; ${cells()}`,
        "figure-4",
        (from) => [...margin(from), ...figures(from).slice(-1)],
      ),
      picture(
        "Both figures",
        () => `Figure 3: GRPO, one ratio per token. Figure 4: GSPO, one ratio per row; ${cells()}`,
        "figures",
        (from) => [from.closest(".twin")?.querySelector(".twin-figures")],
      ),
    ],
    anatomy: picture(
      "Row anatomy",
      () => "One row's token ratios and its sequence ratio s",
      "row",
      (from) => [from.closest(".saveable")?.querySelector(".anatomy")],
    ),
    distributions: picture(
      "Ratio distributions",
      () => "Token ratios and sequence ratios of the batch",
      "ratios",
      (from) => [from.closest(".saveable")?.querySelector(".dist-cards")],
    ),
  };
}

/** The pictures of the charts on the page: each, and all of them. */
export function chartPictures(from: Element): Picture[] {
  const charts = [...(from.closest(".saveable")?.querySelectorAll(".chart") ?? [])];
  const run = shownRun(useRun.getState());
  const last = useRun.getState().history.at(-1)?.step ?? 0;
  const picture = (title: string, parts: readonly Element[]): Picture => ({
    title,
    name: () => fileName(title, run?.preset ?? "run", "steps", last),
    caption: () => runCaption(title, last, run),
    parts: () => parts,
  });
  const grid = charts[0]?.parentElement;
  return [
    ...charts.map((chart) => picture(chart.getAttribute("aria-label") ?? "Chart", [chart])),
    ...(grid == null ? [] : [picture("All charts", [grid])]),
  ];
}
