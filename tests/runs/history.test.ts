import { describe, expect, test } from "vitest";
import { setField } from "../../src/config/run-fields.ts";
import { runFrom } from "../../src/config/run-from.ts";
import type { RunConfig } from "../../src/config/types.ts";
import { configDiff } from "../../src/runs/config-diff.ts";
import { diffText } from "../../src/runs/diff-text.ts";
import { runsIn, runTree, type RunNode } from "../../src/runs/run-tree.ts";
import { foundRuns } from "../../src/runs/search.ts";
import { seedGroupName, seedSuggestions } from "../../src/runs/seed-groups.ts";
import { storedRun } from "../support/stored-run.ts";
import { fc } from "../support/fuzz.ts";

const sort = runFrom("sort");
/** The tree as text: `a(b c)`, seeds as `[name: …]`. */
const shape = (nodes: readonly RunNode[]): string =>
  nodes
    .map((node) => {
      const below = node.children.length === 0 ? "" : `(${shape(node.children)})`;
      return node.kind === "run"
        ? `${node.run.id}${below}`
        : `[${node.name}: ${shape(node.children)}]`;
    })
    .join(" ");
const of = (id: string, parent: string | null = null, seedGroup: string | null = null) =>
  storedRun({ id, parent: parent === null ? null : { run: parent, step: 1 }, seedGroup });

describe("the tree of runs", () => {
  test("has each under its parent, and at the top where the parent is not there", () => {
    expect(shape(runTree([of("d", "b"), of("c", "gone"), of("b", "a"), of("a")]))).toBe(
      "c a(b(d))",
    );
  });

  test("has seeds of one group under one node, where there are two or more", () => {
    const runs = [
      of("c", null, "s"),
      of("x"),
      of("b", null, "s"),
      of("y", null, "alone"),
      of("z", "b"),
    ];
    expect(shape(runTree(runs))).toBe("[s: c b(z)] x y");
  });

  test("loses no run, whatever the parents say", () => {
    const ids = ["a", "b", "c", "d", "e"];
    const parents = fc.array(fc.option(fc.constantFrom(...ids, "gone")), {
      minLength: 5,
      maxLength: 5,
    });
    fc.assert(
      fc.property(parents, (chosen) => {
        const tree = runTree(ids.map((id, index) => of(id, chosen[index] ?? null)));
        expect(
          tree
            .flatMap(runsIn)
            .map(({ id }) => id)
            .toSorted(),
        ).toEqual(ids);
      }),
    );
  });
});

describe("the search", () => {
  const runs = [
    storedRun({ id: "a", name: "Baseline", note: "for the lecture", run: sort }),
    storedRun({ id: "b", name: "Wide", run: setField(sort, "epsilon", 0.31, "token") }),
    storedRun({ id: "c", name: "Other", seedGroup: "three seeds", run: runFrom("parity") }),
  ];
  const found = (search: string): string =>
    foundRuns(runs, search)
      .map(({ id }) => id)
      .join("");

  test.each([
    ["", "abc"],
    ["baseline", "a"],
    ["LECTURE", "a"],
    ["parity", "c"],
    ["three seeds", "c"],
    ["epsilon=0.31", "b"],
    ["0.31", "b"],
    ["wide epsilon", "b"],
    ["wide lecture", ""],
    ["no such thing", ""],
  ])("%s", (search, ids) => {
    expect(found(search)).toBe(ids);
  });

  test("does not find what is TRL's default", () => {
    // Every run has top_p 1.0, and that tells nobody anything.
    expect(found("top_p")).toBe("");
  });
});

describe("seeds of one experiment", () => {
  const seed = (id: string, value: number, over = {}) =>
    storedRun({ id, run: setField(sort, "seed", value), ...over });

  test("are runs that differ in the seed and in nothing else", () => {
    const runs = [
      seed("a", 3),
      seed("b", 1),
      storedRun({ id: "c", run: setField(setField(sort, "seed", 2), "epsilon", 0.1) }),
      seed("d", 1),
      seed("e", 4, { parent: { run: "a", step: 1 } }),
      seed("f", 5, { seedGroup: "taken" }),
    ];
    const [suggestion, ...others] = seedSuggestions(runs);
    expect(others).toEqual([]);
    expect(suggestion?.seeds).toEqual([1, 3]);
    expect(suggestion?.runs.map(({ id }) => id)).toEqual(["a", "b"]);
  });

  test("are not one seed twice", () => {
    expect(seedSuggestions([seed("a", 1), seed("b", 1)])).toEqual([]);
  });

  test("whatever order a file has the fields in", () => {
    const { grpo, ...rest } = setField(sort, "seed", 9);
    const turned = {
      ...Object.fromEntries(Object.entries(rest).toReversed()),
      grpo,
    } as typeof sort;
    expect(seedSuggestions([seed("a", 1), storedRun({ id: "b", run: turned })])).toHaveLength(1);
  });

  test("get a name that no other group has", () => {
    expect(seedGroupName("Sort", new Set())).toBe("Sort, seeds");
    expect(seedGroupName("Sort", new Set(["Sort, seeds", "Sort, seeds 2"]))).toBe("Sort, seeds 3");
  });
});

describe("what differs", () => {
  const other = setField(setField(sort, "learning_rate", 3e-4), "epsilon", 0.1, "token");

  test("is listed in the order of the form, by arm where arms differ, with TRL's default", () => {
    expect(configDiff([sort, other])).toEqual([
      {
        field: "epsilon",
        trlDefault: "0.2",
        values: ["token 0.2, sequence 0.03", "token 0.1, sequence 0.03"],
      },
      { field: "learning_rate", trlDefault: "0.000001", values: ["0.0008", "0.0003"] },
    ]);
  });

  test("is nothing between equals or for a run alone", () => {
    expect(configDiff([sort, setField(sort, "epsilon", 0.2, "token")])).toEqual([]);
    expect(configDiff([sort])).toEqual([]);
  });

  test("a run whose file has no configuration has no value, whatever stands in its place", () => {
    const unknown: RunConfig = { ...setField(sort, "epsilon", 0.7), configKnown: false };
    const whether = { field: "configuration", trlDefault: null };
    expect(configDiff([unknown, unknown])).toEqual([
      { ...whether, values: ["not in its file", "not in its file"] },
    ]);
    const other = setField(sort, "beta", 0.5);
    expect(configDiff([sort, unknown, other])).toEqual([
      { ...whether, values: ["known", "not in its file", "known"] },
      expect.objectContaining({ field: "beta", values: ["0", "not known", "0.5"] }),
    ]);
  });

  test("names preset, task and arms too", () => {
    const alone = { ...runFrom("parity"), arms: sort.arms.slice(0, 1) };
    const fields = configDiff([sort, alone]).map(({ field }) => field);
    expect(fields).toEqual(expect.arrayContaining(["preset", "arms", "task"]));
    expect(configDiff([sort, alone]).find(({ field }) => field === "task")?.trlDefault).toBeNull();
  });

  test("takes more than two runs", () => {
    const values = configDiff([sort, other, sort]).map((row) => row.values.length);
    expect(values).toEqual([3, 3]);
  });

  const rows = [
    { field: "learning_rate", trlDefault: "0.000001", values: ["0.0008", "3e-4"] },
    { field: "epsilon", trlDefault: null, values: ["token 0.2, sequence 0.03", "0.1"] },
  ];

  test("can be taken along as text", () => {
    expect(diffText(rows, ["base", "low"], "text")).toBe(
      [
        "field          TRL default  base                      low",
        "learning_rate  0.000001     0.0008                    3e-4",
        "epsilon                     token 0.2, sequence 0.03  0.1",
        "",
      ].join("\n"),
    );
  });

  test("as LaTeX, whatever is in a name", () => {
    const text = diffText(rows, ["50% {a}_b\\", "c&d ~^"], "latex");
    expect(text).toContain(
      "field & TRL default & 50\\% \\{a\\}\\_b\\textbackslash{} & c\\&d \\textasciitilde{}\\textasciicircum{} \\\\",
    );
    expect(text).toContain("\\texttt{learning\\_rate} & 0.000001 & 0.0008 & 3e-4 \\\\");
  });

  test("and as CSV that no spreadsheet computes with", () => {
    expect(diffText(rows, ["=1+1", 'say "a"'], "csv")).toBe(
      [
        `field,TRL default,'=1+1,"say ""a"""`,
        "learning_rate,0.000001,0.0008,3e-4",
        `epsilon,,"token 0.2, sequence 0.03",0.1`,
        "",
      ].join("\n"),
    );
  });
});
