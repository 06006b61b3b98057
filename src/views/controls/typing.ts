/** Where keys are typed into rather than pressed. */
export const TYPING =
  "input:not([type=radio], [type=checkbox], [type=range]), textarea, select, [contenteditable]";
