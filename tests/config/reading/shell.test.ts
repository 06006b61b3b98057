import { describe, expect, test } from "vitest";
import { foundCommands } from "../../../src/config/reading/command.ts";
import type { Written } from "../../../src/config/python/written.ts";
import { environmentOf } from "../../../src/config/shell/environment.ts";
import { paste, valuesOf } from "./support.ts";

/** The settings of the command with most, by their whole names. */
function found(text: string, given: Record<string, string> = {}): Record<string, unknown> {
  const [best] = foundCommands(text, environmentOf(given));
  return Object.fromEntries(
    (best?.maps ?? []).flatMap(({ path, written }) =>
      written.map((each): [string, unknown] => [[...path, each.name].join("."), valueOf(each)]),
    ),
  );
}

const valueOf = ({ literal }: Written): unknown =>
  "problem" in literal ? `? ${literal.problem}` : literal.value;

describe("programs and what they are given", () => {
  test.each<[string, string, string, Record<string, unknown>]>([
    ["trl", "trl grpo --beta 0.1 --bf16", "trl grpo", { beta: "0.1", bf16: true }],
    [
      "accelerate with flags of its own",
      "accelerate launch --num_processes 2 --mixed_precision bf16 src/t.py --beta 0.1",
      "src/t.py",
      { beta: "0.1" },
    ],
    [
      "swift behind variables of the environment",
      "CUDA_VISIBLE_DEVICES=0,1 \\\nNPROC_PER_NODE=2 \\\nswift rlhf \\\n  --rlhf_type grpo --external_plugins p.py",
      "swift rlhf",
      { rlhf_type: "grpo", external_plugins: "p.py" },
    ],
    [
      "verl",
      'python3 -m verl.trainer.main_ppo data.train_batch_size=64 +x.y=z ++a.b=1 ~drop.it trainer.logger=\'["console","wandb"]\'',
      "verl.trainer.main_ppo",
      {
        "data.train_batch_size": 64,
        "x.y": "z",
        "a.b": 1,
        "drop.it": "? is taken out of the configuration by ~drop.it",
        "trainer.logger": ["console", "wandb"],
      },
    ],
    [
      "OpenRLHF",
      "python3 -m openrlhf.cli.train_ppo_ray --actor.eps_clip_low_high 0.2 0.27 --algo.kl.use_loss --reward.remote_url r.py",
      "openrlhf.cli.train_ppo_ray",
      {
        "actor.eps_clip_low_high": ["0.2", "0.27"],
        "algo.kl.use_loss": true,
        "reward.remote_url": "r.py",
      },
    ],
    [
      "a job of Ray",
      'ray job submit --address="http://127.0.0.1:8265" --runtime-env-json="{}" -- python3 train.py --n-samples-per-prompt 8',
      "train.py",
      { "n-samples-per-prompt": "8" },
    ],
    [
      "uv",
      'uv run --isolated --extra vllm -m skyrl_train.entrypoints.main_base trainer.algorithm.policy_loss_type="gspo"',
      "skyrl_train.entrypoints.main_base",
      { "trainer.algorithm.policy_loss_type": "gspo" },
    ],
    [
      "a module behind a launcher that is one",
      "python -m torch.distributed.run --nproc_per_node 2 -m a.b --beta 1",
      "a.b",
      { beta: "1" },
    ],
    ["another script", 'bash run.sh a.b=1 "$@"', "run.sh", { "a.b": 1 }],
    [
      "a script in quotes",
      'srun --nodes 2 bash -c "python t.py \\\n --beta 0.2"',
      "t.py",
      { beta: "0.2" },
    ],
    ["a pipeline", "python t.py --beta 1 2>&1 | tee log.txt", "t.py", { beta: "1" }],
    ["negative numbers", "python t.py --top_k -1 --x=-2", "t.py", { top_k: "-1", x: "-2" }],
  ])("%s", (_, text, program, expected) => {
    expect(found(text)).toEqual(expected);
    expect(foundCommands(text)[0]?.program).toBe(program);
  });

  test("how many processes there are", () => {
    const processes = (text: string) => foundCommands(text)[0]?.processes;
    expect(processes("NPROC_PER_NODE=8 swift rlhf --beta 0")).toEqual({ count: 8, line: 1 });
    expect(processes("export NPROC_PER_NODE=4\nexport NNODES=2\nswift rlhf --beta 0")?.count).toBe(
      8,
    );
    expect(processes("NPROC_PER_NODE=$N swift rlhf --beta 0")?.count).toBeNaN();
    expect(processes("torchrun --nproc_per_node=2 --nnodes 2 t.py --beta 0")?.count).toBe(4);
  });
});

describe("values as Hydra writes them", () => {
  test.each<[string, unknown]>([
    ["3e-4", 3e-4],
    ["-1", -1],
    ["1_000", 1000],
    ["True", true],
    ["null", null],
    ["''", ""],
    ["'a b'", "a b"],
    ["[1,2.5,x]", [1, 2.5, "x"]],
    ["[[1],[]]", [[1], []]],
    ["{a:1,b:{c:'x'}}", { a: 1, b: { c: "x" } }],
    ["seq-mean-token-mean", "seq-mean-token-mean"],
    ["[1,", "[1,"],
    ["a=b", "a=b"],
    ["${data.n}", "? is ${data.n}, which something else fills in"],
  ])("%s", (written, value) => {
    expect(found(`python -m m 'a.b=${written.replaceAll("'", "'\\''")}'`)).toEqual({
      "a.b": value,
    });
  });
});

describe("what variables hold", () => {
  test.each<[string, string, unknown]>([
    ["assigned above", "LR=1e-6\npython t.py --lr $LR", "1e-6"],
    ["exported", "export LR=1e-6 X=2\npython t.py --lr ${LR}", "1e-6"],
    ["in quotes", 'LR="1e-6"\npython t.py --lr "$LR"', "1e-6"],
    ["the last of two", "LR=1\nLR=2\npython t.py --lr $LR", "2"],
    ["the one above the command", "LR=1\npython t.py --lr $LR\nLR=2", "1"],
    ["a default", "python t.py --lr ${LR:-3}", "3"],
    ["a default of itself", "LR=${LR:-3}\npython t.py --lr $LR", "3"],
    ["a default that is a variable", "A=4\nLR=${LR:-$A}\npython t.py --lr $LR", "4"],
    ["a default that is put in", ': "${LR:=5}"\npython t.py --lr $LR', "5"],
    ["a value in place of another", "A=1\npython t.py --lr ${A:+7}", "7"],
    ["a number worked out", "A=4 B=3\npython t.py --lr $((A * (B + 1) - 1))", "15"],
    ["words of a text", 'O="--beta 1 \\\n  --lr 2"\npython t.py $O', "2"],
    ["an array", 'O=(--beta 1 # one\n  --lr "a b")\npython t.py "${O[@]}"', "a b"],
    ["an array that grows", "O=(--lr 1)\nO+=(--lr 2)\npython t.py ${O[@]}", "2"],
    ["an array in an array", "A=(--lr 1)\nB=(${A[@]} --x 2)\npython t.py ${B[*]}", "1"],
    ["an element", "A=(7 8)\npython t.py --lr ${A[1]}", "8"],
    ["a text that grows", 'O="--lr 1"\nO+=" --x 2"\npython t.py $O', "1"],
    ["a part of a path", "M=org/name\npython t.py --lr ${M##*/}", "name"],
    ["an argument of a function", "f() {\n local v=$1\n python t.py --lr $v\n}\nf 9", "9"],
    ["a function that nobody calls", "f() { python t.py --lr ${1:-6}; }", "6"],
    [
      "a test that is known",
      'E=fsdp\nif [ "$E" = fsdp ]; then LR=1; else LR=2; fi\npython t.py --lr $LR',
      "1",
    ],
    [
      "one in double brackets",
      "E=a\nif [[ $E == b* || -n $E ]]; then LR=1; fi\npython t.py --lr $LR",
      "1",
    ],
    [
      "a case that is known",
      "E=b\ncase $E in a) LR=1;; b|c) LR=2;; *) exit 1;; esac\npython t.py --lr $LR",
      "2",
    ],
    ["branches that agree", "if [ -f x ]; then LR=1; else LR=1; fi\npython t.py --lr $LR", "1"],
    [
      "a branch that ends the script",
      "LR=1\nif [ -f x ]; then LR=2; exit 1; fi\npython t.py --lr $LR",
      "1",
    ],
    ["a here-document", "read -r -d '' O <<EOF\nt.py --lr 4 \\\n --x 2\nEOF\npython $O", "4"],
    ["cat of one", "O=$(cat <<EOF\n--lr 4\nEOF\n)\npython t.py $O", "4"],
    ["a subshell keeps its own", "LR=1\n(LR=2)\npython t.py --lr $LR", "1"],
    ["a loop of one", "for LR in 3; do python t.py --lr $LR; done", "3"],
  ])("%s", (_, text, value) => {
    expect(found(text)["lr"]).toBe(value);
  });

  test.each<[string, string, string]>([
    [
      "the environment",
      "python t.py --lr $LR",
      "is $LR, which is set outside of this text: write its value in its place",
    ],
    [
      "an argument of the script",
      "LR=$1\npython t.py --lr $LR",
      "is $1, what is handed to the script",
    ],
    ["a command", "LR=$(nproc)\npython t.py --lr $LR", "is $(nproc), which only running it tells"],
    [
      "a default that is one",
      "LR=${LR:-`date`}\npython t.py --lr $LR",
      "is `date`, which only running it tells",
    ],
    [
      "a sum of what is not known",
      "python t.py --lr $((N * 2))",
      "is $((N * 2)), which cannot be worked out here",
    ],
    [
      "a test",
      'if [ "$E" = x ]; then LR=1; else LR=2; fi\npython t.py --lr $LR',
      "is 1 or 2, as the test in line 1 decides",
    ],
    [
      "a case",
      "case $E in a) LR=1;; *) LR=2;; esac\npython t.py --lr $LR",
      "is 1 or 2, as $E in line 1 decides",
    ],
    [
      "a condition",
      "[ -f x ] && LR=1\npython t.py --lr $LR",
      "is 1 or not set, as what stands before it in line 1 decides",
    ],
    [
      "a loop",
      "for LR in 1 2 3; do python t.py --lr $LR; done",
      "is each of 1, 2, 3 in turn, as the loop in line 1 goes on",
    ],
    [
      "a loop that counts",
      "LR=1\nwhile true; do LR=$((LR + 1)); done\npython t.py --lr $LR",
      "is $((LR + 1)), which cannot be worked out here",
    ],
    [
      "an array that grows in a branch",
      "O=(--x 1)\nif [ -f x ]; then O+=(--lr 2); fi\npython t.py ${O[@]}",
      "is there or not, as the test in line 2 decides",
    ],
    [
      "another script's",
      ". env.sh\npython t.py --lr $LR",
      "is $LR, which env.sh in line 1 or the environment sets",
    ],
    [
      "a text without end",
      `A=xxxxxxxxxx\n${"A=$A$A$A$A\n".repeat(12)}python t.py --lr $A`,
      "is a text that outgrows all use",
    ],
  ])("%s is not known, and named", (_, text, problem) => {
    expect(found(text)["lr"]).toBe(`? ${problem}`);
  });

  test("what its reader tells of the environment counts as if it were set there", () => {
    const text =
      "D=${D:-$(probe)}\ncase $D in gpu) N=512;; *) N=256;; esac\npython -m m a.n=$N a.d=$D";
    expect(found(text)).toMatchObject({ "a.n": "? is 512 or 256, as $D in line 2 decides" });
    expect(found(text, { D: "gpu" })).toEqual({ "a.n": 512, "a.d": "gpu" });
  });

  test("words that are not known may be any settings, and are named", () => {
    const [read] = foundCommands('source m.sh\npython t.py ${MODEL_ARGS[@]} --lr 1 $MORE "$@"');
    expect(read?.open).toEqual(["${MODEL_ARGS[@]} in line 2", "$MORE in line 2"]);
    expect(read?.notes).toEqual([
      "$@ in line 2 is what the script is handed when it is called: nothing is read for it.",
    ]);
  });

  test("a flag before them stands alone", () => {
    expect(found('python t.py --bf16 "$@"')).toEqual({ bf16: true });
    expect(found("python t.py --bf16 ${A[@]}")).toEqual({ bf16: true });
  });

  test("a script that is not here sets more, and a path with a variable is a value", () => {
    expect(foundCommands("bash run.sh a.b=1")[0]?.open).toEqual([
      "what run.sh sets by itself, which is not in this text",
    ]);
    const [read] = foundCommands("python t.py --data aime $D/a.jsonl --x 1");
    expect(read?.open).toEqual([]);
    expect(found("python t.py --data aime $D/a.jsonl")["data"]).toMatch(/^\? is \$D/);
  });

  test("lines are those of the text", () => {
    const text =
      'A=(\n  --lr 1\n  a.b=2\n)\nO="--x 1\n --y 2"\npython t.py \\\n  "${A[@]}" $O \\\n  --z 3';
    const lines = foundCommands(text)[0]?.maps.flatMap(({ written }) =>
      written.map(({ name, line }) => [name, line]),
    );
    expect(lines).toEqual([
      ["lr", 2],
      ["x", 5],
      ["y", 6],
      ["z", 9],
      ["b", 3],
    ]);
  });
});

describe("comments and line ends within a command", () => {
  test("a comment ends the command for the shell, which is said; what follows is read", () => {
    const text = "trl grpo \\\n  --num_generations 4 \\\n  # --beta 9 \\\n  --epsilon 0.3";
    expect(valuesOf(text, "num_generations", "epsilon", "beta")).toEqual([4, 0.3, 0]);
    expect(paste(text).notes.join()).toContain(
      "Line 3: for the shell the comment there ends the command",
    );
  });

  test("so does anything behind the backslash", () => {
    const text = "trl grpo \\ # mine\n  --num_generations 4 \\ \n  --epsilon 0.3";
    expect(valuesOf(text, "num_generations", "epsilon")).toEqual([4, 0.3]);
    expect(paste(text).notes).toHaveLength(2);
  });

  test("a comment in backquotes is the way that the shell has, and a comment at the end is none", () => {
    const text = "trl grpo --num_generations 4 `# so many` --beta 0.1 # --epsilon 9\n# --epsilon 8";
    expect(valuesOf(text, "num_generations", "beta", "epsilon")).toEqual([4, 0.1, 0.2]);
    expect(paste(text).notes).toEqual([]);
  });
});

describe("TRL's commands", () => {
  test("a file that the script writes is read, and the command's flags over it", () => {
    const text =
      "cat > c.yaml <<EOF\nnum_generations: 4\nbeta: 0.5\nepsilon: ${E:-0.3}\nEOF\ntrl grpo --config c.yaml --beta 0.1";
    expect(valuesOf(text, "num_generations", "beta", "epsilon")).toEqual([4, 0.1, 0.3]);
    const read = paste(text);
    expect(read.settled.map(({ name, line }) => [name, line])).toContainEqual([
      "num_generations",
      2,
    ]);
    expect(read.notes).toContain(
      "The text writes c.yaml itself: its settings are read, and those of the command over them.",
    );
  });

  test("a file that it writes and hands to nobody here is read as well", () => {
    const text = "tee c.yaml <<'EOF'\nnum_generations: 4\nepsilon: 0.3\nEOF\nsbatch run.slurm";
    expect(valuesOf(text, "num_generations", "epsilon")).toEqual([4, 0.3]);
    expect(paste(text).notes).toContain("Read from c.yaml, which the script writes.");
  });

  test("a flag whose variable is not known is named with its line, and the rest is read", () => {
    const read = paste("trl grpo --num_generations 4 \\\n  --beta $BETA --epsilon 0.3");
    expect(read.settled.find(({ name }) => name === "beta")).toMatchObject({
      outcome: "unread",
      line: 2,
      note: expect.stringContaining("$BETA, which is set outside of this text"),
    });
    expect(read.run.grpo).toMatchObject({ num_generations: 4, epsilon: 0.3 });
  });

  test("a command that may not run says so", () => {
    const text = "if [ -f x ]; then\n  trl grpo --num_generations 4 --beta 0.1\nfi";
    expect(paste(text).notes.join()).toContain(
      "Whether the command in line 2 runs at all, as the test in line 1 decides",
    );
  });
});
