import { setChangedOnly, setSearch } from "../../store/config/config-view.ts";
import { setConfigOpen } from "../../store/view/view.ts";

/** Brings a field into sight and puts the keyboard on it. */
export function focusField(name: string): void {
  setChangedOnly(false);
  setSearch(name);
  setConfigOpen(true);
  requestAnimationFrame(() => {
    const row = document.getElementById(`field-${name}`);
    row?.scrollIntoView({ block: "nearest" });
    row?.querySelector<HTMLElement>("input, button.picker-button")?.focus();
  });
}
