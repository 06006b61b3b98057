/** Pixels between a thing and what is said of it, and between that and the window's edge. */
const GAP = 2;
const EDGE = 8;

/** Under what it is about, or over it where there is no room below. */
export function placeTip(tip: HTMLElement, about: DOMRect): void {
  const { width, height } = tip.getBoundingClientRect();
  const below = about.bottom + GAP + height <= innerHeight - EDGE;
  tip.style.top = `${below ? about.bottom + GAP : Math.max(EDGE, about.top - GAP - height)}px`;
  tip.style.left = `${Math.max(EDGE, Math.min(about.left, innerWidth - EDGE - width))}px`;
}
