import { continueRun } from "../../store/library/continue.ts";
import { forgetFiles, useFiles } from "../../store/library/file-work.ts";
import { Button } from "../controls/Button.tsx";

/** What became of the last file that was read or written. */
export function FilesNotice() {
  const work = useFiles((files) => files.work);
  if (work.status === "idle") return null;
  return (
    <section className="card files-notice" aria-label="Files">
      {work.status === "failed" ? (
        <p role="alert">
          <b>{work.message}</b> {work.remedy}
        </p>
      ) : (
        <p role="status">
          {work.what}
          {work.status === "working" && work.share > 0
            ? `: ${Math.floor(work.share * 100)} %`
            : null}
        </p>
      )}
      <div className="actions">
        {work.status === "done" && work.canGoOn !== undefined ? <GoOn id={work.canGoOn} /> : null}
        {work.status === "working" ? null : (
          <Button kind="ghost" shape="small" onPress={forgetFiles}>
            Close
          </Button>
        )}
      </div>
    </section>
  );
}

function GoOn({ id }: { id: string }) {
  const goOn = (): void => {
    forgetFiles();
    continueRun(id, { play: true });
  };
  return (
    <Button shape="small" onPress={goOn}>
      Train it on
    </Button>
  );
}
