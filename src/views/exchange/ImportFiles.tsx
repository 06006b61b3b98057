import {
  DropZone,
  FileTrigger,
  type DirectoryDropItem,
  type DropItem,
} from "react-aria-components";
import { forgetFiles } from "../../store/library/file-work.ts";
import { importFiles } from "../../store/library/files.ts";
import { useRun } from "../../store/run/run-store.ts";
import type { GivenFile } from "../../worker/files-protocol.ts";
import { Button } from "../controls/Button.tsx";
import { configurationIn } from "./configuration-file.ts";

/** Files of a dropped folder that are looked at. */
const MOST_FILES = 512;

/**
 * Configurations, runs, policies and a trainer's logs, by drag and drop or from a file picker.
 * @param onConfiguration Gets the text of a file that holds a configuration.
 */
export function ImportFiles({ onConfiguration }: { onConfiguration: (text: string) => void }) {
  const take = async (files: readonly GivenFile[]): Promise<void> => {
    const { run } = useRun.getState();
    const text = run === null ? null : await configurationIn(files, run);
    if (text === null) return importFiles(files);
    forgetFiles();
    onConfiguration(text);
  };
  return (
    <DropZone
      className="exchange-drop"
      aria-label="Drop files here"
      onDrop={(event) => void filesOf(event.items).then(take)}
    >
      <p>
        Drop a file here: a configuration (script, YAML, TOML, JSON, notebook), a run (
        <code>.ratioscope</code>), a policy (a folder with <code>config.json</code> and{" "}
        <code>model.safetensors</code>, or its zip), or what a trainer left: a log of tokens (
        <code>.jsonl</code>, for the figures), metrics (console text,{" "}
        <code>trainer_state.json</code>, wandb’s CSV or JSON, TensorBoard events) or completions
        (TRL’s tables, verl’s dumps).
      </p>
      <div className="actions">
        <FileTrigger allowsMultiple onSelect={(list) => void take(chosen(list))}>
          <Button onPress={() => {}}>Choose files</Button>
        </FileTrigger>
        <FileTrigger acceptDirectory onSelect={(list) => void take(chosen(list))}>
          <Button onPress={() => {}}>Choose a folder</Button>
        </FileTrigger>
      </div>
    </DropZone>
  );
}

const chosen = (list: FileList | null): GivenFile[] =>
  [...(list ?? [])]
    .slice(0, MOST_FILES)
    .map((file) => ({ path: file.webkitRelativePath || file.name, file }));

/** The files of what was dropped, those of folders included. */
async function filesOf(items: readonly DropItem[]): Promise<GivenFile[]> {
  const files: GivenFile[] = [];
  const take = async (item: DropItem, folder: string): Promise<void> => {
    if (item.kind === "file" && files.length < MOST_FILES) {
      files.push({ path: `${folder}${item.name}`, file: await item.getFile() });
    } else if (item.kind === "directory" && folder.split("/").length < 4) {
      await takeAll(item, `${folder}${item.name}/`);
    }
  };
  const takeAll = async (directory: DirectoryDropItem, folder: string): Promise<void> => {
    for await (const entry of directory.getEntries()) await take(entry, folder);
  };
  for (const item of items) await take(item, "");
  return files;
}
