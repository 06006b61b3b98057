import { UserError } from "../../base/user-error.ts";
import { storageBuffer } from "../gpu/buffers.ts";
import { readFloats } from "../gpu/readback.ts";
import { createSnapshot } from "../gpu/snapshot.ts";
import { pictureAttention } from "../layers/picture-attention.ts";
import { type AskedArm, lastStepOf } from "./asked-step.ts";
import type { LastStep } from "./last-step.ts";

/**
 * Where the tokens of a completion look as they are predicted: the attention from the position that
 * each is predicted from, the token before it (of the first, the prompt's last), under the weights that
 * the step began with.
 */
export interface PictureAttention {
  arm: string;
  /** The step that was asked about, from 1. */
  step: number;
  /** The completion's row in the step's record. */
  row: number;
  /** Tokens of the completion. */
  tokens: number;
  /** Layers of the language model, and heads of each. */
  layers: number;
  heads: number;
  /** Tokens of the picture: patches row by row, after the class token where the policy keeps it. */
  pictureTokens: number;
  /** The first of them is the class token. */
  classToken: boolean;
  /**
   * Shares of attention, from 0 to 1: of each token of the picture, then of all text up to there
   * together; the pictureTokens + 1 numbers of a head sum to 1. [layer][token][head][share]
   */
  shares: Float32Array;
}

/**
 * Where a completion of an arm's last step looks; everything is put back. Throws a UserError where the
 * policy sees no pictures, the row is none of the step's, or the step is not at hand.
 */
export async function attentionOnPicture(asked: AskedArm, row: number): Promise<PictureAttention> {
  const { arm, device, update, before } = asked;
  const { pictures } = update;
  if (pictures === null) {
    throw new UserError(
      `The policy of the ${arm} arm sees no pictures: its tokens look at text alone.`,
      "Ask an arm of a policy with a vision tower, such as those of the preset count-dots.",
    );
  }
  const last = lastStepOf(asked);
  const { slot, sequence, tokens } = placeOf(last, row);
  const { tower, begin, text } = pictures;
  const { heads } = text.attention;
  const N = tower.S - tower.skip;
  const bind = await pictureAttention(device, { ...text.attention, N });
  const layers = text.layers.length;
  const looks = storageBuffer(device, "batch", "looks", layers * tokens * heads * (N + 1));
  const { spans } = text.batch;
  const passes = text.layers.map(({ q, kv, stats }, layer) =>
    bind({ q, kv, stats, spans, begin, looks }, { sequence, count: tokens, layer }),
  );
  const now = createSnapshot(device, update.weights);
  try {
    update.record((encoder) => now.save(encoder));
    update.record((encoder) => before.restore(encoder));
    await update.score(slot);
    update.launch(...passes.map(({ run }) => run));
    update.flush();
    const shares = await readFloats(device, looks);
    const facts = { arm, step: last.parts.step, row, tokens, layers, heads };
    return { ...facts, pictureTokens: N, classToken: tower.skip === 0, shares };
  } finally {
    update.record((encoder) => now.restore(encoder));
    update.flush();
    for (const each of [now, looks, ...passes]) each.destroy();
  }
}

/** Where a row of the step's batch lies, and how many tokens its completion has. */
function placeOf({ parts, slots }: LastStep, row: number) {
  let sequence = row;
  for (const [at, { generation, rows }] of parts.slices.entries()) {
    const own = rows[sequence];
    if (own !== undefined) {
      return { slot: slots[at]!, sequence, tokens: generation.rollout.length[own]! };
    }
    sequence -= rows.length;
  }
  const all = parts.slices.reduce((sum, { rows }) => sum + rows.length, 0);
  throw new UserError(
    `Step ${parts.step} has no row ${row + 1}; its batch has ${all}.`,
    "Choose one of them.",
  );
}
