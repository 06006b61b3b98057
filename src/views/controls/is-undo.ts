/** Ctrl+Z, on a Mac Command+Z, with or without Shift. */
export const isUndo = ({
  key,
  ctrlKey,
  metaKey,
}: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey">): boolean =>
  (ctrlKey || metaKey) && key.toLowerCase() === "z";
