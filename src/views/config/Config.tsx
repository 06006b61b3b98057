import { fieldGroups } from "../../config/field.ts";
import { fields } from "../../config/schema.ts";
import type { RunConfig } from "../../config/types.ts";
import {
  changedFields,
  keyFields,
  setChangedOnly,
  setSearch,
  toggleGroup,
  useConfigView,
} from "../../store/config/config-view.ts";
import { useRun } from "../../store/run/run-store.ts";
import { setConfigOpen, useView } from "../../store/view/view.ts";
import { Button } from "../controls/Button.tsx";
import { ApplyBar } from "./ApplyBar.tsx";
import { foundFields } from "./found-fields.ts";
import "./config.css";
import { EditBar } from "./EditBar.tsx";
import { FieldRow } from "./FieldRow.tsx";
import { Findings } from "./Findings.tsx";

/** Every field of the configuration, generated from the schema. */
export function Config() {
  const run = useRun((state) => state.run);
  const open = useView((view) => view.configOpen);
  const changed = run === null ? 0 : changedFields(run).length;
  const viewedRun = useRun((state) => state.viewedRun);
  return (
    <aside
      className="config"
      aria-label="Configuration"
      data-open={open}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !event.defaultPrevented) setConfigOpen(false);
      }}
    >
      <button
        type="button"
        className="config-rail"
        aria-expanded={open}
        onClick={() => setConfigOpen(!open)}
      >
        Config <span className="num">{changed} changed</span>
      </button>
      <div className="config-body">
        <h2 className="visually-hidden">Configuration</h2>
        {viewedRun === null ? null : (
          <p className="config-own">
            The fields of this page’s own run, not of “{viewedRun.name}”, which is looked at.
          </p>
        )}
        {run === null ? <p className="config-none">No run is loaded.</p> : <Fields run={run} />}
      </div>
    </aside>
  );
}

function Fields({ run }: { run: RunConfig }) {
  const { search, changedOnly } = useConfigView();
  const changed = changedFields(run);
  const listed = search !== "" ? foundFields(search) : changedOnly ? changed : null;
  return (
    <>
      <div className="config-head">
        <div className="config-search">
          <input
            id="config-search"
            type="search"
            value={search}
            onChange={(event) => setSearch(event.target.value)}
            placeholder={`Search ${fields.length} fields`}
            aria-label="Search fields"
            autoComplete="off"
            spellCheck={false}
          />
          {search === "" ? <kbd aria-hidden="true">/</kbd> : null}
        </div>
        <Button onPress={() => setChangedOnly(!changedOnly)} pressed={changedOnly}>
          ≠ TRL <b className="num">{changed.length}</b>
        </Button>
        <div className="config-close">
          <Button shape="icon" label="Close the configuration" onPress={() => setConfigOpen(false)}>
            ×
          </Button>
        </div>
      </div>
      <EditBar run={run} />
      <ApplyBar run={run} />
      <div className="config-fields">
        {listed === null ? (
          <>
            {keyFields.map((each) => (
              <FieldRow key={each.name} field={each} run={run} />
            ))}
            <Findings run={run} />
            <Groups run={run} />
          </>
        ) : (
          <>
            {listed.map((each) => (
              <FieldRow key={each.name} field={each} run={run} />
            ))}
            {listed.length > 0 ? null : (
              <p className="config-none">No field has “{search}” in its name or help.</p>
            )}
          </>
        )}
      </div>
    </>
  );
}

/** All fields by subject, closed until asked for. */
function Groups({ run }: { run: RunConfig }) {
  const open = useConfigView((view) => view.open);
  const changed = changedFields(run);
  return fieldGroups.map((group) => {
    const members = fields.filter((each) => each.group === group);
    const differing = members.filter((each) => changed.includes(each)).length;
    const shown = open.includes(group);
    return (
      <section key={group} className="config-group">
        <h3>
          <button type="button" aria-expanded={shown} onClick={() => toggleGroup(group)}>
            {group}
            <small>{differing === 0 ? "" : `${differing} changed`}</small>
            <span className="num">{members.length}</span>
          </button>
        </h3>
        {shown ? members.map((each) => <FieldRow key={each.name} field={each} run={run} />) : null}
      </section>
    );
  });
}
