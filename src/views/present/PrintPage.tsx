import { useEffect, useMemo, useState } from "react";
import { flushSync } from "react-dom";
import { narrate } from "../../analysis/narrate.ts";
import { shownRows } from "../../analysis/rows.ts";
import type { Selection } from "../../analysis/selection.ts";
import { STAGES } from "../../analysis/stage.ts";
import type { StepRecord } from "../../record/record.ts";
import { linkOf } from "../../store/page/link.ts";
import { useScreen } from "../../store/screen/screen.ts";
import { useBatch } from "../../store/screen/what-if.ts";
import { useView } from "../../store/view/view.ts";
import { Equation } from "../equation/Equation.tsx";
import { fetchTypeSetter } from "../equation/Tex.tsx";
import { batchCaption } from "../save/caption.ts";
import "./print.css";

fetchTypeSetter();

/** Width of what is printed on a sheet of A4, CSS pixels. */
const SHEET = 700;
const SCREEN = matchMedia("not print");

/** What paper has besides the figures: the equation of one token, and where it all comes from. */
export function PrintPage() {
  const batch = useBatch();
  const { run } = useScreen();
  const pinned = useView((view) => view.pinned);
  const group = useView((view) => view.group);
  const stage = useView((view) => view.stage);
  const printing = usePrinting();
  const record = batch?.record ?? null;
  const at = useMemo(
    () => (record === null || !printing ? null : (pinned ?? toldToken(record, group))),
    [record, printing, pinned, group],
  );
  if (batch === null || record === null || at === null)
    return <section className="print-page" aria-label="Printed page" />;
  const { sandbox, vocabulary } = batch;
  const { quantity } = STAGES[stage - 1]!;
  const title = `Figure 3: GRPO, one ratio per token. Figure 4: GSPO, one ratio per row; cells ${quantity}, hatched where clipped`;
  return (
    <section className="print-page" aria-label="Printed page">
      <Equation
        record={record}
        vocabulary={vocabulary}
        measured={sandbox === null}
        learns={sandbox === null || !sandbox.example}
        group={group}
        pinned={at}
        onPin={() => undefined}
      />
      <p>{batchCaption(title, record, sandbox === null ? run : null)}.</p>
      <p className="print-address">{linkOf() ?? location.href}</p>
    </section>
  );
}

/** True while the page is drawn for paper. Figures have been measured on screen: they are scaled. */
function usePrinting(): boolean {
  const [printing, setPrinting] = useState(!SCREEN.matches);
  useEffect(() => {
    const figures = document.querySelector<HTMLElement>(".stage-figure");
    const root = document.documentElement.style;
    const measure = (): void => {
      if (figures === null || !SCREEN.matches || figures.offsetWidth === 0) return;
      root.setProperty("--print-width", `${figures.offsetWidth}px`);
      root.setProperty("--print-zoom", String(Math.min(1, SHEET / figures.offsetWidth)));
    };
    measure();
    const observer = new ResizeObserver(measure);
    if (figures !== null) observer.observe(figures);
    // The browser takes its picture in this very task.
    const change = (): void => flushSync(() => setPrinting(!SCREEN.matches));
    const before = (): void => flushSync(() => setPrinting(true));
    SCREEN.addEventListener("change", change);
    addEventListener("beforeprint", before);
    addEventListener("afterprint", change);
    return () => {
      observer.disconnect();
      SCREEN.removeEventListener("change", change);
      removeEventListener("beforeprint", before);
      removeEventListener("afterprint", change);
    };
  }, []);
  return printing;
}

/** The token that moved the most in the row that the sentence tells of. */
function toldToken(record: StepRecord, group: Parameters<typeof shownRows>[1]): Selection {
  const { rows } = shownRows(record, group);
  const row = narrate(record, rows).row ?? rows[0] ?? 0;
  let token = 0;
  for (let t = 1; t < record.length[row]!; t++) {
    const size = (index: number) => Math.abs(record.logRatio[row * record.columns + index]!);
    if (size(t) > size(token)) token = t;
  }
  return { row, token };
}
