// Eight colours, and a shape that goes with each; experts beyond come round again. The number stands
// in all of them: it is what an expert is.

/** Shapes in a square of 14 by 14, with room for a number in the middle. */
export const EXPERT_SHAPES: readonly string[] = [
  "M2 .5h10a1.5 1.5 0 0 1 1.5 1.5v10a1.5 1.5 0 0 1-1.5 1.5H2A1.5 1.5 0 0 1 .5 12V2A1.5 1.5 0 0 1 2 .5Z", // square
  "M7 .2a6.8 6.8 0 1 1 0 13.6a6.8 6.8 0 1 1 0-13.6Z", // circle
  "M3.6 .5h6.8L14 7l-3.6 6.5H3.6L0 7Z", // hexagon
  "M7 0l6.5 4v9.5H.5V4Z", // house
  "M.5 .5h13V10L7 14 .5 10Z", // shield
  "M3.5 .5H14l-3.5 13H0Z", // leans right
  "M0 .5h10.5l3.5 13H3.5Z", // leans left
  "M3 .5h8l3 13H0Z", // foot
];

/** Place of an expert's colour and shape. */
export const markOf = (expert: number): number => expert % EXPERT_SHAPES.length;

export const expertColour = (expert: number): string => `var(--expert-${markOf(expert)})`;
