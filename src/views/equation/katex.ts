import katex from "katex";
import "katex/dist/katex.min.css";

const known = new Map<string, string>();

/** TeX as HTML with MathML beside it; each formula is set once. */
export function renderTex(tex: string, display: boolean): string {
  const key = `${display} ${tex}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const html = katex.renderToString(tex, { displayMode: display, output: "htmlAndMathml" });
  known.set(key, html);
  return html;
}
