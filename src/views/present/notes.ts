import type { Slide } from "../../analysis/slides.ts";

/** What the lecturer may say of each slide; nobody else sees it. */
export const NOTES: Readonly<Record<Slide["id"], string>> = {
  same: "Ask which figure is GRPO and which is GSPO: nobody can tell. π is still π_old, so a token’s ratio and a row’s ratio are both 1. With one update per rollout it stays so, and the choice between GRPO and GSPO changes nothing.",
  moved:
    "The same completions, some updates later. On the left every token has moved by itself. On the right a row has one ratio, the geometric mean of its tokens’, so it moves less: this is why GSPO needs a much smaller ε.",
  token:
    "Hatched cells are clipped: they push no more. With a positive advantage only ratios above 1 + ε are clipped, with a negative one only those below 1 − ε. Point at a token that is far from 1 and yet not hatched, and ask why.",
  sequence:
    "A row is clipped whole or not at all. One unusual token cannot take a row out, and a row that drifted together goes at once. Compare which rows lost tokens on the left.",
  row: "One row, large, in the strip below: circles are its tokens’ ratios, the diamond is their geometric mean, the shaded band is where no clip acts. Moves in opposite directions cancel in the diamond, not in the circles.",
  push: "Each cell is its share of the gradient. On the left it follows single tokens; on the right all tokens of a row push alike. A clipped cell has no share, and what is left is larger for it.",
  learns:
    "Two policies from the same weights, on the same prompts and random numbers. Ask which of them clipped more on the way, and whether it learnt less for it.",
};
