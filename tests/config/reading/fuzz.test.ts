import { describe, expect, test } from "vitest";
import { readPaste } from "../../../src/config/python/paste.ts";
import type { Written } from "../../../src/config/python/written.ts";
import { findTexts } from "../../../src/config/reading/find-texts.ts";
import { notebookCode } from "../../../src/config/reading/notebook.ts";
import { fc, fuzzRuns, hangWatch } from "../../support/fuzz.ts";
import { expectNothingRan, mutated, notebookOf } from "../../support/mutated-texts.ts";
import { outOfBounds } from "../out-of-bounds.ts";
import { base } from "./support.ts";

const SHELL = [
  'set -x\nLR=${LR:-1e-6} # a rate\nARGS=(\n  --lr $LR --n 8\n  "--x=a b"\n)\npython3 -m verl.trainer.main_ppo \\\n  data.train_batch_size=$((4 * 8)) +a.b="[1, {c: 2}]" ~d.e \\\n  "${ARGS[@]}" "$@" 2>&1 | tee log',
  'case "$D" in\n  gpu) N=4 ;;\n  *) N=8; exit 1 ;;\nesac\nif [ -z "$D" ] && [[ $N == 4* ]]; then O+=" --y 1"; fi\nNPROC_PER_NODE=2 swift rlhf --num_generations $N --beta -0.5 $O',
  "read -r -d '' C <<EOF\ntrain.py --a ${B:=2} \\\n  --b $(date) `id`\nEOF\nf() { local v=${1:-3}; accelerate launch --num_processes 2 $C --v $v; }\nfor i in 1 2; do f $i; done",
  "cat > c.yaml <<'EOF'\nnum_generations: 4\nEOF\ntrl grpo --config c.yaml --beta 0.1 --report_to a b",
];
const YAML = [
  "defaults:\n  - base\n  - _self_\na: &a {lr: 1.0e-6, n: [1, 2]}\nb:\n  <<: *a\n  lr: ${a.lr}\n  m: ${oc.env:X,3}\nc: *a",
  "grpo:\n  num_prompts_per_step: 8\nloss_fn: {ratio_clip_min: 0.2}\nrun: |\n  trl grpo --num_generations 4\n---\nx: 'y'",
  '{ // c\n "configurations": [{"module": "m", "args": ["--n", "4", "a.b=c",]}], /* d */ "k": null}',
];
const TOML = [
  "[a.b]\nnum_generations = 4\nlr = 1e-6\n[[runs]]\nx = [1, 2]\n[[runs]]\ny = { z = true }\n",
  "learning_rate = 3e-6\nbf16 = true\n[t.lr_scheduler_kwargs]\nnum_cycles = 2\n",
];
const NOTEBOOKS = [
  "x = 4\n!trl grpo --num_generations {x} \\\n  --beta 0.1\n%env A=1",
  "%%bash\ntrl grpo --num_generations 4 --beta $A",
  "%%writefile c.yaml\nbeta: 0.5\nnum_generations: 4",
];
/** Notebooks of mutated cells, and mutated notebooks. */
const notebooks = fc.oneof(
  fc.tuple(mutated(NOTEBOOKS, 2), mutated(NOTEBOOKS, 2)).map((cells) => notebookOf(...cells)),
  mutated([notebookOf(...NOTEBOOKS)], 2),
);

const hasValue = ({ literal }: Written) => ("problem" in literal ? 0 : 1);

/** Settings with values, over all inputs: a reader that gives up at once has none. */
let values = 0;

function expectFoundSafely(text: string): void {
  const expectInTime = hangWatch();
  const code = notebookCode(text);
  const source = code?.code ?? text;
  const found = findTexts(source, code?.cells);
  expectInTime();
  expectNothingRan();
  const lines = source.split("\n").length;
  for (const { maps } of found) {
    for (const { written } of maps) {
      const names = new Set<string>();
      for (const each of written) {
        values += hasValue(each);
        if (!(each.line >= 0 && each.line <= lines))
          throw new Error(`line ${each.line} of ${lines}`);
        names.add(each.name);
      }
    }
  }
}

describe("mutated texts: no crash, no hang, nothing evaluated, every setting in a line of the text", () => {
  test.each([
    ["shell", mutated(SHELL), 3500],
    ["YAML and JSON", mutated(YAML), 1900],
    ["TOML", mutated(TOML, 1), 3200],
    ["notebooks", notebooks, 1300],
  ] as const)("%s", (_, texts, runs) => {
    values = 0;
    const numRuns = fuzzRuns(runs);
    fc.assert(fc.property(texts, expectFoundSafely), { numRuns });
    expect(values).toBeGreaterThan(numRuns / 4);
  });

  test("and of what is applied nothing is out of bounds", () => {
    let applied = 0;
    const numRuns = fuzzRuns(150);
    fc.assert(
      fc.property(fc.oneof(mutated([...SHELL, ...YAML, ...TOML], 3), notebooks), (text) => {
        const expectInTime = hangWatch();
        const result = readPaste(text, { base });
        expectInTime();
        expectNothingRan();
        if ("problem" in result) return;
        applied += result.settled.filter(({ outcome }) => outcome === "applied").length;
        expect(outOfBounds(result.run)).toEqual([]);
        for (const { outcome, used, name } of result.settled) {
          if (outcome === "unread") expect(result.known.unread, name).toContain(name);
          else if (outcome === "applied") expect(used, name).toBeDefined();
        }
      }),
      { numRuns },
    );
    expect(applied).toBeGreaterThan(numRuns / 10);
  });
});

/** Texts made to keep a reader busy. */
test.each([
  ["${A:-", "defaults"],
  ["$(", "substitutions"],
  ["((", "sums"],
  ["`", "backquotes"],
  ["<<EOF\n", "here-documents"],
  ["A=$A$A\n", "texts that double"],
  ["A+=($A ${A[@]})\n", "arrays that double"],
  ["f() { f; f; }\nf\n", "functions that call themselves"],
  ["if a; then\n", "branches"],
  ["if $X; then A=$A1; else A=$A2; fi\n", "branches that assign"],
  ["for a in $A; do A=$A$a; done\n", "loops"],
  ["case $A in a) B=$B1;; *) C=$C1;; esac\n", "cases"],
  ["{a,b}", "braces"],
  ['eval "', "scripts in scripts"],
  ["python t.py --x 1\n", "commands"],
  ["a.b=1 ", "overrides"],
  ["--x 1 \\\n", "flags"],
  ["\\\n# c\n", "comments in a command"],
  ["x: ${x}\n", "interpolations"],
  ["```\n--x 1\n```\n", "blocks"],
  ["!trl --x {y}\n", "cells"],
])("%j over and over (%s) does not hang", (unit) => {
  for (const text of [
    unit.repeat(Math.ceil(6_000 / unit.length)),
    `trl grpo --beta 1\n${unit.repeat(200)}`,
  ]) {
    expectFoundSafely(text);
    expectFoundSafely(`A=(1 2)\n${text}`);
  }
});
