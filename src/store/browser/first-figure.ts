let resolve: () => void = () => undefined;

/** Resolves when the first figure has been painted, or when there is none to paint. */
export const firstFigure = new Promise<void>((done) => {
  resolve = done;
});

let told = false;

/** A figure is on the page. What the reader does not see yet may be fetched after its paint. */
export function figureDrawn(): void {
  if (told) return;
  told = true;
  afterPaint(() => {
    performance.mark("first-figure");
    resolve();
  });
}

/** There is no figure to wait for: no recorded run, or a link to another one. */
export function noFigureYet(): void {
  if (!told) afterPaint(resolve);
}

/** A tab in the background paints nothing, and is not waited for. */
function afterPaint(then: () => void): void {
  if (document.hidden) setTimeout(then);
  else requestAnimationFrame(() => setTimeout(then));
}
