import { expect, test } from "vitest";
import { type CompletionLooks, lookOf } from "../../src/analysis/picture-attention.ts";

/** Two tokens, two layers, two heads, four patches: shares by layer, token, head. */
const looks: CompletionLooks = {
  ...{ tokens: 2, layers: 2, heads: 2, pictureTokens: 4, classToken: false },
  shares: [
    ...[0.1, 0.2, 0.3, 0.1, 0.3, 0.3, 0, 0.1, 0.1, 0.5], // layer 0, token 0
    ...[0, 0, 0, 0.5, 0.5, 0, 0, 0, 0.7, 0.3], // layer 0, token 1
    ...[0.4, 0.1, 0.1, 0.1, 0.3, 0.2, 0.1, 0.1, 0.1, 0.5], // layer 1, token 0
    ...[0.25, 0.25, 0.25, 0.25, 0, 0.1, 0.1, 0.1, 0.1, 0.6], // layer 1, token 1
  ],
};
const close = (values: readonly number[], wanted: readonly number[]) => {
  expect(values).toHaveLength(wanted.length);
  values.forEach((value, i) => expect(value).toBeCloseTo(wanted[i]!, 12));
};

test("of one layer it is the mean over its heads", () => {
  const first = lookOf(looks, 0, 0);
  close(first.patches, [0.2, 0.1, 0.2, 0.1]);
  close([first.text, first.picture], [0.4, 0.6]);
  expect(first).toMatchObject({ side: 2, classToken: null, most: 0 });
  const second = lookOf(looks, 1, 1);
  close(second.patches, [0.175, 0.175, 0.175, 0.175]);
  close([second.text, second.picture], [0.3, 0.7]);
});

test("of all layers the mean over them and their heads", () => {
  const { patches, text, most } = lookOf(looks, 1, "all");
  close(patches, [0.0875, 0.0875, 0.0875, 0.3875]);
  expect([text, most]).toEqual([expect.closeTo(0.35, 12), 3]);
});

test("the class token is no patch, and part of the picture", () => {
  const classed = { tokens: 1, layers: 1, heads: 1, pictureTokens: 5, classToken: true };
  const look = lookOf({ ...classed, shares: [0.4, 0.1, 0.2, 0.1, 0.05, 0.15] }, 0, "all");
  expect(look).toMatchObject({ side: 2, patches: [0.1, 0.2, 0.1, 0.05], classToken: 0.4, most: 1 });
  close([look.picture, look.text], [0.85, 0.15]);
});
