import type { LayerChoice } from "../../analysis/flips.ts";
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

/**
 * The pictures of one batch; `run` is null where the batch was edited or made up, `experts` the layer
 * whose experts stand in Figure 4's place.
 */
export function batchPictures(
  record: StepRecord,
  run: RunConfig | null,
  experts: LayerChoice | null,
): BatchPictures {
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
    prompt: (from) =>
      from.closest(".stage-figure")?.querySelector(".twin-prompt .prompt-picture") ?? null,
  });
  const cells = (): string => {
    const { stage, quantity } = STAGES[useView.getState().stage - 1]!;
    return stage <= 2
      ? "heights log r, blue more likely, orange less likely, hatched beyond the clip limit"
      : `cells ${quantity}, blue up, orange down, hatched where clipped`;
  };
  const second =
    experts === null
      ? { title: "Figure 4", says: "Figure 4: GSPO, one ratio per row", name: "figure-4" }
      : { title: "Experts", says: expertsSay(experts), name: "experts" };
  const figures = (from: Element) => [
    ...(from.closest(".twin")?.querySelectorAll(".twin-figure") ?? []),
  ];
  /** Row names, rewards and advantages: beside Figure 3 they are part of it. */
  const margin = (from: Element) =>
    from.closest(".twin")?.matches("[data-stacked]:not([data-interleaved])")
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
        second.title,
        () => (experts === null ? `${second.says}; ${cells()}` : second.says),
        second.name,
        (from) => [...margin(from), ...figures(from).slice(-1)],
      ),
      picture(
        "Both figures",
        () => `Figure 3: GRPO, one ratio per token. ${second.says}; ${cells()}`,
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

const expertsSay = (layer: LayerChoice): string =>
  layer === "all"
    ? "Experts: layers that send a token to other experts than in the rollout"
    : `Experts of each token in layer ${layer}, framed where they are others than in the rollout`;

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
