/** Where the tokens of a completion look as they are predicted: shares of attention. */
export interface CompletionLooks {
  tokens: number;
  layers: number;
  heads: number;
  /** Tokens of the picture: patches row by row, after the class token where there is one. */
  pictureTokens: number;
  classToken: boolean;
  /** Of each token of the picture, then of all text up to there together. [layer][token][head][share] */
  shares: ArrayLike<number>;
}

/** A layer of the language model, from 0, or the mean over all of them. */
export type LookLayer = number | "all";

/** Where one token looks: shares of attention, the mean over heads, which sum to 1. */
export interface Look {
  /** Patches along a side of the picture. */
  side: number;
  /** Row by row. (side · side) */
  patches: readonly number[];
  /** Null where the language model gets no class token. */
  classToken: number | null;
  /** All of the picture's together. */
  picture: number;
  /** All of the text's up to there. */
  text: number;
  /** The patch that has most, from 0. */
  most: number;
}

export function lookOf(looks: CompletionLooks, token: number, layer: LookLayer): Look {
  const { tokens, layers, heads, pictureTokens: N, classToken, shares } = looks;
  const chosen = layer === "all" ? Array.from({ length: layers }, (_, each) => each) : [layer];
  const mean = Array.from({ length: N + 1 }, (_, place) => {
    let sum = 0;
    for (const each of chosen) {
      const first = (each * tokens + token) * heads;
      for (let head = first; head < first + heads; head++) sum += shares[head * (N + 1) + place]!;
    }
    return sum / (chosen.length * heads);
  });
  const text = mean[N]!;
  const patches = mean.slice(classToken ? 1 : 0, N);
  return {
    side: Math.round(Math.sqrt(patches.length)),
    patches,
    classToken: classToken ? mean[0]! : null,
    picture: mean.slice(0, N).reduce((sum, share) => sum + share, 0),
    text,
    most: patches.indexOf(Math.max(...patches)),
  };
}
