// The eight colours that runs are told apart by, and the shape that goes with each: who cannot see
// the one sees the other. Arms have square, diamond and triangle for themselves.

export interface RunMarkShape {
  /** The shape's name: what the colour is called where it is not seen. */
  name: string;
  /** SVG path in a square of 10 by 10. */
  path: string;
}

export const RUN_MARKS: readonly RunMarkShape[] = [
  { name: "circle", path: "M5 1a4 4 0 1 1 0 8a4 4 0 1 1 0-8Z" },
  {
    name: "cross",
    path: "M1 2.6 2.6 1 5 3.4 7.4 1 9 2.6 6.6 5 9 7.4 7.4 9 5 6.6 2.6 9 1 7.4 3.4 5Z",
  },
  {
    name: "ring",
    path: "M5 .8a4.2 4.2 0 1 1 0 8.4a4.2 4.2 0 1 1 0-8.4ZM5 3a2 2 0 1 0 0 4a2 2 0 1 0 0-4Z",
  },
  { name: "plus", path: "M3.9 .8h2.2v3.1h3.1v2.2H6.1v3.1H3.9V6.1H.8V3.9h3.1Z" },
  { name: "hexagon", path: "M2.7 1h4.6L9.6 5 7.3 9H2.7L.4 5Z" },
  { name: "bar", path: "M.6 3.4h8.8v3.2H.6Z" },
  { name: "star", path: "M5 .3 6.3 3.5 9.7 3.8 7.1 6 7.9 9.4 5 7.6 2.1 9.4 2.9 6 .3 3.8 3.7 3.5Z" },
  { name: "half moon", path: "M1 2.6a4 4 0 0 0 8 0ZM1 8.6h8V7.2H1Z" },
];
