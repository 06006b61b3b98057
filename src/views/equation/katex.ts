import katex from "katex";
import "katex/dist/katex.min.css";

const known = new Map<string, string>();

/**
 * Begins to fetch the faces that nearly every formula is set in: where they come while a large batch
 * is on the page, all of its text is laid out again.
 */
export function fetchFaces(): void {
  const faces = ["1em KaTeX_Main", "italic 1em KaTeX_Math", "1em KaTeX_Size1", "1em KaTeX_Size2"];
  for (const face of faces) {
    // One that cannot be fetched is set in the reader's own serif, as it is without this.
    document.fonts.load(face).catch(() => undefined);
  }
}

/** TeX as HTML with MathML beside it; each formula is set once. */
export function renderTex(tex: string, display: boolean): string {
  const key = `${display} ${tex}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const html = katex.renderToString(tex, { displayMode: display, output: "htmlAndMathml" });
  known.set(key, html);
  return html;
}
