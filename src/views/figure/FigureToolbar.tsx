import type { Compare } from "../../store/view/view.ts";
import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import type { StepRecord } from "../../record/record.ts";
import { SavePictures } from "../save/SaveMenu.tsx";
import type { TwinFigureProps } from "./props.ts";
import {
  type GroupChoice,
  groupsOf,
  ROW_ORDER_LABELS,
  ROW_ORDERS,
  type RowOrder,
  type ShownRows,
} from "../../analysis/rows.ts";
import type { tokensToCsv } from "../../analysis/record-csv.ts";
import { splitPicture } from "../../analysis/prompt-picture.ts";
import { STAGES } from "../../analysis/stage.ts";
import { PromptText } from "../controls/PromptText.tsx";
import "./figure-toolbar.css";

interface FigureToolbarProps extends Pick<
  TwinFigureProps,
  "record" | "stage" | "onStage" | "onGroup" | "compare" | "onCompare" | "effect" | "pictures"
> {
  /** The group in view. */
  group: ShownRows["group"];
  order: RowOrder;
  onOrder(order: RowOrder): void;
  normalised: boolean;
  onNormalised(normalised: boolean): void;
  /** A lesson asks: what clipping leaves comes with its answer. */
  covered: boolean;
  /** Shows the experts; null: there are none. */
  onExperts: (() => void) | null;
  /** They are shown. */
  experts: boolean;
  /** The rows as CSV. */
  csv: Parameters<typeof tokensToCsv>;
  children: ReactNode;
}

/** Stage, prompt and row order of the twin figure. */
export function FigureToolbar(props: FigureToolbarProps) {
  const { record, stage, onStage, group, onGroup, covered, experts, onExperts } = props;
  const name = useId();
  return (
    <div className="twin-toolbar">
      <fieldset className="twin-stages">
        <legend className="twin-hidden">Stage of the pipeline</legend>
        {onExperts !== null && (
          <label className="twin-stage-experts">
            <input type="radio" name={name} checked={experts} onChange={onExperts} />
            <kbd>0</kbd>
            <span>experts</span>
          </label>
        )}
        {STAGES.map((facts) => (
          <label
            key={facts.stage}
            title={
              covered && facts.stage > 3
                ? "It comes with the lesson’s answer."
                : `Press ${facts.stage} on the keyboard`
            }
          >
            <input
              type="radio"
              name={name}
              disabled={covered && facts.stage > 3}
              checked={!experts && facts.stage === stage}
              onChange={() => onStage(facts.stage)}
            />
            <kbd>{facts.stage}</kbd>
            <span>{facts.label}</span>
          </label>
        ))}
      </fieldset>
      <PromptPicker record={record} group={group} onGroup={onGroup} />
      <RowsMenu {...props} />
      {props.children}
    </div>
  );
}

const COMPARISONS: readonly { id: Compare; words: string }[] = [
  { id: "side", words: "side by side" },
  { id: "blink", words: "blink: one in the other’s place" },
  { id: "difference", words: "difference: Figure 4 − Figure 3" },
  { id: "effect", words: "effect of each update on log π" },
];

/** Only these loss types weigh the tokens of long rows less. */
const weighsRows = (record: StepRecord): boolean =>
  record.config.loss_type === "grpo" || record.config.loss_type === "sapo";

function PromptPicker({
  record,
  group,
  onGroup,
}: Pick<TwinFigureProps, "record" | "onGroup"> & Pick<ShownRows, "group">) {
  const groups = groupsOf(record);
  const choices: readonly GroupChoice[] = [...groups, "all"];
  const at = Math.max(0, choices.indexOf(group));
  const move = (by: number) => {
    const next = choices[(at + by + choices.length) % choices.length];
    if (next !== undefined) onGroup(next);
  };
  const prompt =
    group === "all" ? "whole batch" : (record.prompt[record.group.indexOf(group)] ?? "not here");
  return (
    <div className="twin-prompt" role="group" aria-label="Prompt">
      <button type="button" aria-label="Previous prompt" onClick={() => move(-1)}>
        ‹
      </button>
      <span className="twin-prompt-place">
        {group === "all" ? (
          `${record.rows} rows`
        ) : (
          <>
            <span className="twin-prompt-word">prompt </span>
            {at + 1} of {groups.length}
          </>
        )}
      </span>
      <code title={splitPicture(prompt).rest}>
        <PromptText prompt={prompt} />
      </code>
      <button type="button" aria-label="Next prompt" onClick={() => move(1)}>
        ›
      </button>
    </div>
  );
}

/** Row order, weighting and export: what is chosen rarely. */
function RowsMenu({
  compare,
  onCompare,
  effect,
  record,
  stage,
  order,
  onOrder,
  normalised,
  onNormalised,
  csv,
  pictures,
}: FigureToolbarProps) {
  const name = useId();
  const menu = useRef<HTMLDetailsElement>(null);
  const close = () => {
    if (menu.current) menu.current.open = false;
  };
  useEffect(() => {
    const onPointerDown = (event: globalThis.PointerEvent) => {
      const inside = event.target instanceof Node && menu.current?.contains(event.target);
      if (!inside && menu.current) menu.current.open = false;
    };
    document.addEventListener("pointerdown", onPointerDown);
    return () => document.removeEventListener("pointerdown", onPointerDown);
  }, []);
  return (
    <details
      ref={menu}
      className="twin-menu"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !menu.current?.open) return;
        event.stopPropagation();
        close();
        menu.current.querySelector("summary")?.focus();
      }}
      onBlur={({ currentTarget, relatedTarget }) => {
        // Pressing a label of the panel blurs as well, towards nothing.
        if (relatedTarget !== null && !currentTarget.contains(relatedTarget)) close();
      }}
    >
      <summary>View</summary>
      <div className="twin-menu-panel">
        <fieldset>
          <legend>Compare</legend>
          {COMPARISONS.map(({ id, words }) => {
            const unasked = id === "effect" && effect === null;
            return (
              <label key={id}>
                <input
                  type="radio"
                  name={`${name}-compare`}
                  checked={id === compare}
                  disabled={unasked}
                  onChange={() => onCompare(id)}
                />
                {words}
                {unasked && <small> ask what the other level would do first</small>}
              </label>
            );
          })}
        </fieldset>
        <fieldset>
          <legend>Rows by</legend>
          {ROW_ORDERS.map((each) => (
            <label key={each}>
              <input
                type="radio"
                name={name}
                checked={each === order}
                onChange={() => onOrder(each)}
              />
              {ROW_ORDER_LABELS[each]}
            </label>
          ))}
        </fieldset>
        {(stage === 3 || stage === 4) && weighsRows(record) && (
          <label>
            <input
              type="checkbox"
              checked={normalised}
              onChange={(event) => onNormalised(event.target.checked)}
            />
            <span>
              weighted by 1/|<i>o</i>|, as in the loss
            </span>
          </label>
        )}
        <CopyButton csv={csv} />
        <fieldset>
          <legend>Save with its caption</legend>
          <SavePictures pictures={pictures} />
        </fieldset>
      </div>
    </details>
  );
}

function CopyButton({ csv }: { csv: Parameters<typeof tokensToCsv> }) {
  const [said, setSaid] = useState("");
  const copy = () => {
    // What writes it comes when it is asked for.
    import("../../analysis/record-csv.ts")
      .then((it) => navigator.clipboard.writeText(it.tokensToCsv(...csv)))
      .then(
        () => setSaid("copied"),
        () => setSaid("the browser did not allow it"),
      );
  };
  return (
    <span className="twin-copy">
      <button type="button" onClick={copy} onBlur={() => setSaid("")}>
        Copy as CSV
      </button>
      <span role="status">{said}</span>
    </span>
  );
}
