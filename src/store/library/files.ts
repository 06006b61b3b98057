import type { StepReport } from "../../record/record.ts";
import { workOnFiles } from "../../worker/files-client.ts";
import type { DataForm, GivenFile } from "../../worker/files-protocol.ts";
import { ask, failureIn, load, pause } from "../run/actions.ts";
import { closeExchange } from "./exchange.ts";
import { tell } from "./file-work.ts";
import { forgetEdits } from "../config/edits.ts";
import { download } from "../browser/download.ts";
import { refreshRuns } from "./runs.ts";
import { receive, useRun } from "../run/run-store.ts";
import { shownRun } from "../screen/screen.ts";

/** Reads what was dropped or chosen; the page takes it in only when all of it was found good. */
export async function importFiles(files: readonly GivenFile[]): Promise<void> {
  const { run } = useRun.getState();
  const [first] = files;
  if (run === null || first === undefined) return;
  const what = `Reading ${files.length === 1 ? first.path : `${files.length} files`}`;
  tell({ status: "working", what, share: 0 });
  const event = await workOnFiles({ type: "import", files, base: run }, (done, total) =>
    tell({ status: "working", what, share: done / total }),
  );
  if (event.type === "failed") {
    tell({ status: "failed", message: event.message, remedy: event.remedy });
    return;
  }
  if (event.type !== "imported") return;
  const { imported } = event;
  closeExchange();
  if (imported.what === "policy") {
    forgetEdits();
    load(imported.run);
    const { name, others, widened } = imported;
    const types = widened.join(" and ");
    const exact = types && ` They are ${types}, and became float32 without a change of value.`;
    const choice =
      others.length === 0
        ? ""
        : ` Not taken: ${others.map((path) => path || "the folder itself").join(", ")}; choose one of these folders to start from it.`;
    tell({ status: "done", what: `The run starts from the weights in ${name}.${choice}${exact}` });
    return;
  }
  if (useRun.getState().status === "playing") pause();
  const { id, name, recording, notes } = imported;
  receive({ type: "opened", id, name, recording, events: [] });
  void refreshRuns();
  tell({
    status: "done",
    what: [`${name} is stored in this browser and on screen.`, ...notes].join(" "),
    ...(imported.canGoOn ? { canGoOn: id } : {}),
  });
}

/** Downloads a run in one of its forms; `id` null: what the page has of the run on screen. */
export async function exportData(form: DataForm, id: string | null): Promise<void> {
  const of = id === null ? onScreen() : { id };
  if (of === null) return;
  tell({ status: "working", what: "Writing the file", share: 0 });
  const event = await workOnFiles({ type: "export", form, of }, () => {});
  if (event.type === "failed") {
    tell({ status: "failed", message: event.message, remedy: event.remedy });
    return;
  }
  if (event.type !== "exported") return;
  download(event.name, new Blob([event.bytes]));
  tell({ status: "done", what: `${event.name} is downloaded.` });
}

function onScreen() {
  const state = useRun.getState();
  const run = shownRun(state);
  if (run === null) return null;
  const reports = state.history.flatMap(({ step, generation, innerStep, metrics }): StepReport[] =>
    Object.entries(metrics).map(([arm, values]) => ({
      arm,
      step,
      generation,
      innerStep,
      metrics: values,
    })),
  );
  const records = state.kept.flatMap((kept) => Object.values(kept.records));
  return { logged: { name: run.preset, run, startedAt: Date.now(), reports, records } };
}

/** Downloads an arm's present weights as the folder that transformers opens. */
export function exportPolicy(arm: string): void {
  tell({ status: "working", what: `Reading the ${arm} arm's weights`, share: 0 });
  ask({ type: "policy", arm })
    .then(({ step, archive }) => {
      const name = `${useRun.getState().run?.preset ?? "policy"}-${arm}-step-${step}.zip`;
      download(name, new Blob([archive]));
      tell({ status: "done", what: `${name} is downloaded.` });
    })
    .catch((error: unknown) => {
      const { message, remedy } = failureIn(error);
      tell({ status: "failed", message, remedy: remedy ?? "" });
    });
}
