/** Where everything in the twin figure is, in CSS pixels. Pure, so that both figures agree. */
export interface FigureLayout {
  /** Figure 4 below Figure 3 instead of beside it. */
  stacked: boolean;
  /** Each row of Figure 4 under its row of Figure 3. */
  interleaved: boolean;
  /** One token's width, gap included. */
  cell: number;
  /** One row's height, gap included. */
  row: number;
  /** From one row's top to the next one's. */
  pitch: number;
  /** Height of the column numbers above the first row. */
  head: number;
  /** Width of the margins of Figure 3 (left is shared when side by side) and Figure 4. */
  left: number;
  right3: number;
  right4: number;
  /** Right end of s in Figure 4's margin. */
  ratioX: number;
  /** Width available for cells; narrower than the cells when the figures scroll sideways. */
  view: number;
  /** What fits. */
  showReward: boolean;
  showLength: boolean;
  /** Values printed in Figure 3's cells. */
  showValues: boolean;
  /** s × A printed in Figure 4's margin. */
  showProducts: boolean;
  showTokens: boolean;
  /** Every column has its number, else every fifth. */
  everyColumn: boolean;
  /** Multiplies all type. */
  factor: number;
}

export interface LayoutInput {
  /** Width of the container. */
  width: number;
  columns: number;
  rows: number;
  /** Tokens of the longest row: its digits widen the margins. */
  longest: number;
  /** Decimals of s. */
  decimals: number;
  /** --row-height and --type-factor of the page. */
  rowHeight: number;
  factor: number;
  /** One figure has the whole width. */
  single?: boolean;
  /** Both figures have cells of their own, which can stand between each other's. */
  pairs?: boolean;
}

/** Below this a side-by-side cell is too small to read: the figures stack. */
const STACK_BELOW = 15;
const TOKENS_FROM = 12;
const VALUES_FROM = 38;
/** Five characters of the smallest type. */
const VALUES_AT_LEAST = 33;
/** Below this the figures scroll sideways. */
const SMALLEST = 8;
/** Between the figures when side by side. */
export const GAP = 20;
/** Between the pairs of rows where the figures are interleaved. */
const PAIR_GAP = 8;

/** Where a row begins, from the top of the column numbers. */
export const rowTop = ({ head, pitch }: Pick<FigureLayout, "head" | "pitch">, line: number) =>
  head + line * pitch;

/** From the top of the column numbers to the end of the last row, and a little. */
export const rowsHeight = (layout: FigureLayout, rows: number): number =>
  rowTop(layout, Math.max(0, rows - 1)) + (rows > 0 ? layout.row : 0) + 4;

/** The place of both figures, or of the single one, with so many rows: its height, and a row's for the styles. */
export function figuresStyle(layout: FigureLayout, rows: number, single: boolean) {
  const title = 22 * layout.factor;
  const one = title + rowsHeight(layout, rows);
  const minHeight = layout.interleaved
    ? one + title + layout.row
    : one * (layout.stacked && !single ? 2 : 1);
  return { minHeight, "--pair": `${layout.row}px` };
}

export function figureLayout({
  width,
  columns,
  rows,
  longest,
  decimals,
  rowHeight,
  factor,
  single = false,
  pairs = false,
}: LayoutInput): FigureLayout {
  const compact = width < 420 * factor;
  const middle = !compact && width < 720 * factor;
  // Margins are made for two digits; a digit is 7.3 px wide.
  const more = Math.max(0, String(longest).length - 2) * 7.3;
  const finer = Math.max(0, decimals - 3) * 7.3;
  const left = (compact ? 70 : (middle ? 110 : 190) + more) * factor;
  const right3 = ((compact ? 40 : 48) + 2 * more) * factor;
  const plain4 = ((compact ? 50 : 104 + 2 * more) + finer) * factor;
  const wide4 = (152 + 2 * more + finer) * factor;
  const beside = (right4: number) => (width - left - right3 - GAP - right4) / (2 * columns);
  const stacked = single || width < 620 || beside(plain4) < STACK_BELOW * factor;
  // Large type has rows of the height that the window leaves: values stand in them where they fit.
  const low = factor > 1 && rowHeight < 31 * factor;
  const showProducts =
    !low &&
    (stacked
      ? !compact && (width - left - wide4) / columns >= VALUES_FROM * factor
      : beside(wide4) >= VALUES_FROM * factor);
  const right4 = showProducts ? wide4 : plain4;
  // A cell wider than this says nothing more and tears the row apart.
  const widest = 64 * factor;
  const fitted = stacked ? (width - left - right4) / columns : beside(right4);
  const cell = Math.min(widest, Math.max(SMALLEST, fitted));
  // A phone's margins are narrow: its cells take "+0.78" where a wide page has more beside them.
  const showValues = showProducts || (!low && compact && cell >= VALUES_AT_LEAST * factor);
  const view = stacked ? width - left - right4 : (width - left - right3 - GAP - right4) / 2;
  const dense = rows > 12 ? Math.max(22 * factor, Math.min(rowHeight, 28 * factor) * 0.8) : 0;
  const tall = dense || (showValues ? Math.max(rowHeight, factor > 1 ? 0 : 36) : rowHeight);
  const row = rows > 32 ? Math.min(tall, 18 * factor) : tall;
  // On a phone one figure fills the screen: compared is what stands next to each other.
  const interleaved = pairs && compact && factor === 1 && !single && cell * columns <= view + 1;
  return {
    stacked,
    interleaved,
    cell,
    row,
    pitch: interleaved ? 2 * row + PAIR_GAP : row,
    head: 20 * factor,
    left,
    right3: stacked ? right4 : right3,
    right4,
    ratioX: compact ? right4 - 2 : (54 + finer) * factor,
    view: Math.min(view, cell * columns),
    showReward: !compact && !middle,
    showLength: !compact,
    showValues,
    showProducts,
    showTokens: cell >= TOKENS_FROM * factor,
    everyColumn: cell >= 18 * factor,
    factor,
  };
}
