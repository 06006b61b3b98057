import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { runFrom } from "../../../src/config/run-from.ts";
import { lessonLinks, teachingLinks } from "../../../src/lessons/links.ts";
import { linkOf, openLink, useLink } from "../../../src/store/page/link.ts";
import { receive } from "../../../src/store/run/run-store.ts";
import { initialView, useView } from "../../../src/store/view/view.ts";

beforeEach(() => {
  vi.stubGlobal("location", { href: "https://example.org/page/" });
  useView.setState(initialView);
  receive({ type: "loading", run: runFrom("sort") });
});

afterEach(() => vi.unstubAllGlobals());

const shown = () => {
  const { arm, stage, experts, compare, tab, group, present } = useView.getState();
  return { arm, stage, experts, compare, tab, group, present };
};

test("view and selection come back from a link", () => {
  const seen = {
    arm: "sequence",
    stage: 5,
    experts: 3,
    compare: "difference",
    tab: "completions",
    group: 3,
    present: true,
  } as const;
  useView.setState(seen);
  const link = new URL(linkOf()!);
  useView.setState(initialView);
  expect(openLink(link.search)).toEqual(runFrom("sort"));
  expect(shown()).toEqual(seen);
  expect(useLink.getState().problems).toEqual([]);
});

test("what is as it always is stays out of the link", () => {
  expect([...new URL(linkOf()!).searchParams.keys()].filter((key) => /view/.test(key))).toEqual([
    "view.stage",
    "view.density",
  ]);
});

test("every link of lessons.html is taken as it stands", () => {
  for (const { query } of [...lessonLinks, ...teachingLinks]) {
    openLink(query);
    expect(useLink.getState().problems, query).toEqual([]);
  }
});

test("parts of the view that cannot be are said, not dropped", () => {
  openLink(
    "?preset=sort&view.stage=9&view.arm=nobody&view.group=-1&view.tab=chart&view.zoom=2&view.experts=last",
  );
  expect(shown()).toMatchObject({ stage: 2, arm: null, group: "telling", tab: "guide" });
  expect(useLink.getState().problems.map(({ why }) => why)).toEqual([
    'view.stage takes one of 1, 2, 3, 4, 5; "9" is not.',
    'view.arm takes one of token, sequence; "nobody" is not.',
    'view.group takes all, telling or the number of a group; "-1" is not.',
    'view.tab takes one of lessons, equation, completions, runs, experiments, guide; "chart" is not.',
    "view.zoom is no part of the view.",
    'view.experts takes all or the number of a layer, from 0; "last" is not.',
  ]);
});
