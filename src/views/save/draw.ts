const SVG = "http://www.w3.org/2000/svg";

/** What is on screen of a part of the page, as SVG that needs nothing from the page. */
export interface Drawing {
  /** Elements without a root. */
  content: string;
  width: number;
  height: number;
}

/** Presentation that style sheets give on the page; in the drawing every element has its own. */
const STYLE: Readonly<Record<string, string>> = {
  fill: "rgb(0, 0, 0)",
  "fill-opacity": "1",
  stroke: "none",
  "stroke-width": "1px",
  "stroke-opacity": "1",
  "stroke-dasharray": "none",
  "stroke-linecap": "butt",
  "stroke-linejoin": "miter",
  opacity: "1",
  "paint-order": "normal",
  "shape-rendering": "auto",
  "vector-effect": "none",
};
const TEXT_STYLE = ["font-family", "font-size", "font-weight", "font-style", "text-anchor"];

/** Controls, and words for screen readers only, are not part of the picture; a chart’s name is. */
const LEFT_OUT =
  "button:not(.chart-title, .word > button), .word-tip, .chart-title svg, details, input, .visually-hidden, .twin-hidden, .prompt-picture-tip, title";

/**
 * Draws elements of the page side by side: text as text, pictures as they are drawn, bitmaps as
 * images. Their heights on the page stay; the space between them goes.
 */
export function draw(parts: readonly Element[]): Drawing {
  const boxes = parts.map((part) => part.getBoundingClientRect());
  const top = Math.min(...boxes.map((box) => box.top));
  let x = 0;
  const drawn = parts.map((part, index) => {
    const box = boxes[index]!;
    const shift = { x: x - box.left, y: -top };
    x += box.width;
    return html(part, shift);
  });
  return {
    content: drawn.join(""),
    width: Math.ceil(x),
    height: Math.ceil(Math.max(...boxes.map((box) => box.bottom)) - top),
  };
}

/** From the window's coordinates to the drawing's. */
interface Shift {
  x: number;
  y: number;
}

function html(element: Element, shift: Shift): string {
  if (element.matches(LEFT_OUT)) return "";
  const style = getComputedStyle(element);
  if (style.display === "none" || style.visibility === "hidden") return "";
  const box = element.getBoundingClientRect();
  const at = { x: box.left + shift.x, y: box.top + shift.y };
  if (element instanceof SVGSVGElement) {
    const size = `width="${round(box.width)}" height="${round(box.height)}"`;
    const view = ["viewBox", "preserveAspectRatio"].map((name) => {
      const value = element.getAttribute(name);
      return value === null ? "" : ` ${name}="${escape(value)}"`;
    });
    return `<svg x="${round(at.x)}" y="${round(at.y)}" ${size}${view.join("")} overflow="visible">${inside(element)}</svg>`;
  }
  if (element instanceof HTMLCanvasElement) {
    const size = `width="${round(box.width)}" height="${round(box.height)}"`;
    return `<image x="${round(at.x)}" y="${round(at.y)}" ${size} href="${element.toDataURL("image/png")}"/>`;
  }
  const children = [...element.childNodes]
    .map((node) =>
      node instanceof Element ? html(node, shift) : node instanceof Text ? words(node, shift) : "",
    )
    .join("");
  return told(element, ground(style, box, at) + clipped(style, box, at, children));
}

/** What the page says of a picture to who does not see it, the file says too. */
function told(element: Element, content: string): string {
  const label = element.role === "img" ? element.ariaLabel : null;
  return label === null ? content : `<g role="img"><title>${escape(label)}</title>${content}</g>`;
}

/** The element's own ground; a turned square is a diamond. */
function ground(style: CSSStyleDeclaration, box: DOMRect, at: Shift): string {
  if (/^rgba\(.*, 0\)$|^transparent$/.test(style.backgroundColor)) return "";
  const fill = `fill="${style.backgroundColor}"`;
  if (style.transform === "none" || style.transform === "") {
    const size = `width="${round(box.width)}" height="${round(box.height)}"`;
    return `<rect x="${round(at.x)}" y="${round(at.y)}" ${size} ${fill}/>`;
  }
  const [w, h] = [box.width / 2, box.height / 2];
  return `<path d="M${round(at.x)} ${round(at.y + h)}l${round(w)} ${round(-h)}l${round(w)} ${round(h)}l${round(-w)} ${round(h)}z" ${fill}/>`;
}

let clips = 0;

/** What scrolls shows what it shows on the page. */
function clipped(style: CSSStyleDeclaration, box: DOMRect, at: Shift, content: string): string {
  if (style.overflowX === "visible" || content === "") return content;
  const id = `seen-${++clips}`;
  const size = `width="${round(box.width)}" height="${round(box.height)}"`;
  return (
    `<clipPath id="${id}"><rect x="${round(at.x)}" y="${round(at.y)}" ${size}/></clipPath>` +
    `<g clip-path="url(#${id})">${content}</g>`
  );
}

/** A text of the page, line by line as the browser broke it. */
function words(node: Text, shift: Shift): string {
  const parent = node.parentElement;
  if (parent === null || node.data.trim() === "") return "";
  const style = getComputedStyle(parent);
  return lines(node)
    .map(({ text, box }) => {
      // Where the baseline lies in the line's box, for fonts of usual proportions.
      const size = parseFloat(style.fontSize);
      const y = box.top + box.height / 2 + size * 0.35 + shift.y;
      const font = `font-family="${escape(style.fontFamily)}" font-size="${size}" font-weight="${style.fontWeight}" font-style="${style.fontStyle}"`;
      return `<text x="${round(box.left + shift.x)}" y="${round(y)}" fill="${style.color}" ${font} xml:space="preserve">${escape(text)}</text>`;
    })
    .join("");
}

function lines(node: Text): { text: string; box: DOMRect }[] {
  const found: { text: string; box: DOMRect }[] = [];
  const range = document.createRange();
  for (let at = 0; at < node.length; at++) {
    range.setStart(node, at);
    range.setEnd(node, at + 1);
    const box = range.getClientRects()[0];
    if (box === undefined || box.width === 0) continue;
    const last = found.at(-1);
    if (last !== undefined && Math.abs(last.box.top - box.top) < 2) last.text += node.data[at]!;
    else found.push({ text: node.data[at]!, box });
  }
  return found;
}

/** The children of an SVG element, each with its computed presentation, without classes. */
function inside(element: Element): string {
  return [...element.childNodes]
    .map((node) => {
      if (node instanceof Text) return escape(node.data);
      return node instanceof SVGElement ? shape(node) : "";
    })
    .join("");
}

const GEOMETRY = [
  ..."id x y width height rx ry cx cy r d x1 x2 y1 y2 points transform viewBox".split(" "),
  ..."patternUnits patternTransform clip-path dx dy".split(" "),
];

function shape(element: SVGElement): string {
  if (element.matches(LEFT_OUT)) return "";
  const style = getComputedStyle(element);
  if (style.display === "none") return "";
  const attributes = GEOMETRY.flatMap((name) => {
    const value = element.getAttribute(name);
    return value === null ? [] : [[name, value]];
  });
  const group = element.tagName === "g" || element.tagName === "defs";
  for (const [name, usual] of Object.entries(STYLE)) {
    const value = style.getPropertyValue(name);
    // All but opacity are inherited, and every shape says its own.
    if (value !== usual && value !== "" && (!group || name === "opacity")) {
      attributes.push([name, value]);
    }
  }
  if (element.tagName === "text" || element.tagName === "tspan") {
    for (const name of TEXT_STYLE) attributes.push([name, style.getPropertyValue(name)]);
  }
  const own = attributes.map(([name, value]) => ` ${name}="${escape(local(value!))}"`).join("");
  const content = inside(element);
  const tag = element.tagName;
  return content === "" ? `<${tag}${own}/>` : `<${tag}${own}>${content}</${tag}>`;
}

/** Computed references carry the page's address: `url("http://…/#id")`. */
const local = (value: string): string => value.replace(/url\("?[^"#)]*#([^")]+)"?\)/, "url(#$1)");

interface Page {
  background: string;
  ink: string;
  font: string;
}

const PAD = 12;
const LINE = 16;

/** The picture of a prompt, which is small on the page, and what it is in words. */
export interface Head {
  drawing: Drawing;
  says: string;
}

/** Times as large as on the page. */
const HEAD_SCALE = 3;

/**
 * A whole SVG file: the drawing, the picture of its prompt above it where it has one, and its caption
 * below, wrapped to the drawing's width.
 */
export function svgFile(drawing: Drawing, caption: string, head: Head | null, page: Page): string {
  const width = Math.max(drawing.width, 320) + 2 * PAD;
  const said = wrap(caption, width - 2 * PAD, page.font);
  const above = head === null ? 0 : HEAD_SCALE * head.drawing.height + PAD;
  const top = PAD + above;
  const height = top + drawing.height + PAD + said.length * LINE + 4;
  const text = said
    .map((line, index) => {
      const y = top + drawing.height + LINE * (index + 1);
      return `<text x="${PAD}" y="${y}" fill="${page.ink}" font-family="${escape(page.font)}" font-size="12">${escape(line)}</text>`;
    })
    .join("");
  return (
    `<svg xmlns="${SVG}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">` +
    `<title>${escape(caption)}</title>` +
    (head === null ? "" : `<desc>${escape(head.says)}</desc>`) +
    `<rect width="100%" height="100%" fill="${page.background}"/>` +
    (head === null
      ? ""
      : `<g transform="translate(${PAD} ${PAD}) scale(${HEAD_SCALE})">${head.drawing.content}</g>`) +
    `<g transform="translate(${PAD} ${top})">${drawing.content}</g>${text}</svg>\n`
  );
}

function wrap(text: string, width: number, font: string): string[] {
  const pen = document.createElement("canvas").getContext("2d");
  if (pen !== null) pen.font = `12px ${font}`;
  const wide = (line: string): number => pen?.measureText(line).width ?? 7 * line.length;
  const found: string[] = [];
  for (const word of text.split(" ")) {
    const last = found.at(-1);
    if (last !== undefined && wide(`${last} ${word}`) <= width) {
      found[found.length - 1] = `${last} ${word}`;
    } else found.push(word);
  }
  return found;
}

const round = (value: number): number => Math.round(value * 100) / 100;

const escape = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
