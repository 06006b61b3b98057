import { expect, test } from "vitest";
import { configurationIn } from "../../../src/views/exchange/configuration-file.ts";
import { runFrom } from "../../../src/config/run-from.ts";

const base = runFrom("sort");
const given = (path: string, text: string | Uint8Array<ArrayBuffer>) => ({
  path,
  file: new File([text], path),
});
const COMMAND = "trl grpo --num_generations 4 --beta 0.1";

test.each([
  ["run.sh", COMMAND],
  ["recipe.yaml", "num_generations: 4\nbeta: 0.1"],
  ["recipe.toml", "[t]\nnum_generations = 4"],
  ["train.py", "GRPOConfig(num_generations=4)"],
  ["nb.ipynb", JSON.stringify({ cells: [{ cell_type: "code", source: [`!${COMMAND}`] }] })],
  ["launch.json", `{"a": ["${COMMAND.replaceAll(" ", '","')}"]}`],
  ["command.txt", COMMAND],
  ["folder/Makefile", COMMAND],
  ["README.md", `# A\n\`\`\`\n${COMMAND}\n\`\`\``],
  // Of a script without one there is something to say, where it is known what it is.
  ["verl.sh", "python -m verl.trainer.main_ppo data.train_batch_size=8"],
])("%s goes into the text field", async (name, text) => {
  expect(await configurationIn([given(name, text)], base)).toBe(text);
});

test("a text of Windows is decoded", async () => {
  const bytes = new Uint8Array([0xff, 0xfe, ...[...COMMAND].flatMap((c) => [c.charCodeAt(0), 0])]);
  expect(await configurationIn([given("run.sh", bytes)], base)).toBe(COMMAND);
});

test.each([
  ["train.py", "import trl"],
  ["log.jsonl", '{"loss": 0.1, "num_generations": 4}'],
  ["trainer_state.json", '{"log_history": [{"loss": 1}], "num_generations": 4}'],
  ["config.json", '{"architectures": ["LlamaForCausalLM"]}'],
  ["console.txt", "{'loss': 0.1, 'grad_norm': 0.2}"],
  ["history.csv", "num_generations,beta\n4,0.1"],
  ["run.sh", `\0${COMMAND}`],
])("%s (%s) goes on to the import of files", async (name, text) => {
  expect(await configurationIn([given(name, text)], base)).toBeNull();
});

test("so do several files, and one that is too long", async () => {
  const file = given("run.sh", COMMAND);
  expect(await configurationIn([file, file], base)).toBeNull();
  expect(await configurationIn([given("run.sh", COMMAND.padEnd(5_000_001))], base)).toBeNull();
  expect(await configurationIn([], base)).toBeNull();
});
