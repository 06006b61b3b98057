import { expect, test } from "vitest";
import { runFrom } from "../../src/config/run-from.ts";
import { importFiles } from "../../src/worker/import-files.ts";

const host = {
  gpu: undefined,
  database: () => Promise.reject(new Error("nothing is to be stored")),
  progress: () => {},
};

const given = (path: string, content: string) => [{ path, file: new File([content], path) }];

test.each(["run.ratioscope", "run.RATIOSCOPE"])(
  "%s with other content is called no run file",
  async (path) => {
    for (const content of ["not an archive", "", "PK\u0003\u0004 cut off"]) {
      await expect(importFiles(given(path, content), runFrom(), host)).rejects.toThrow(
        /not a run file|archive cannot be read/,
      );
    }
    await expect(importFiles(given(path, "x"), runFrom(), host)).rejects.toThrow(
      "This is not a run file that can be opened: it does not begin as a zip archive does.",
    );
  },
);

test("other files without an archive are taken for a policy", async () => {
  await expect(importFiles(given("a.safetensors", "x"), runFrom(), host)).rejects.toThrow(/policy/);
});
