import { expect, test } from "vitest";
import { formatLink, parseLink } from "../../../src/config/link.ts";
import { runFrom } from "../../../src/config/run-from.ts";
import { chartParts, readChartParts } from "../../../src/store/charts/chart-link.ts";
import { initialChartView } from "../../../src/store/charts/chart-view.ts";
import { openLink, useLink } from "../../../src/store/page/link.ts";

const { at: _, enlarged: __, ...usual } = initialChartView;
const chosen = {
  x: "tokens",
  halfLife: 20,
  log: true,
  band: "sd",
  added: [
    "rewards/exact/mean",
    "completions/mean_terminated_length",
    "sampling/sampling_logp_difference/max",
    "completions/max_terminated_length",
    "completions/min_terminated_length",
    "frac_reward_zero_std",
    "vespo/phi_seq_mean",
    "learning_rate",
  ],
} as const;

test("how the charts are drawn comes back from the link", () => {
  const link = formatLink(runFrom("sort"), chartParts(chosen));
  const { view, problems } = parseLink(link);
  expect(problems).toEqual([]);
  expect(readChartParts(view)).toEqual({ chosen, problems: [] });
});

test("the usual is not in the link", () => {
  expect(chartParts(usual)).toEqual({});
  expect(chartParts({ ...usual, halfLife: null })).toEqual({ smooth: "none" });
  expect(readChartParts({})).toEqual({ chosen: usual, problems: [] });
});

test("what is no choice is reported, and the usual is used", () => {
  const { chosen: used, problems } = readChartParts({
    x: "stpe",
    smooth: "7",
    y: "logarithmic",
    band: "ci",
    charts: "reward,<script>,kl",
  });
  expect(used).toEqual({ ...usual, added: ["reward", "kl"] });
  expect(problems.map(({ key, used: instead }) => `${key} ${instead}`).toSorted()).toEqual([
    "view.band range",
    "view.charts reward,kl",
    "view.smooth 5",
    "view.x step",
    "view.y linear",
  ]);
  expect(problems.find(({ key }) => key === "view.x")?.nearest).toBe("step");
});

test("more charts than fit are left out and reported", () => {
  const names = Array.from({ length: 20 }, (_each, index) => `m${index}`);
  const { chosen: used, problems } = readChartParts({ charts: names.join(",") });
  expect(used.added).toEqual(names.slice(0, 12));
  expect(problems[0]?.why).toContain("12");
});

test("a view that nothing knows is reported with the name that was meant", () => {
  openLink("?preset=sort&view.smoth=20&view.x=time");
  expect(useLink.getState().problems).toEqual([
    expect.objectContaining({ key: "view.smoth", value: "20", nearest: "view.smooth" }),
  ]);
});
