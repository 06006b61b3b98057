import type { PlainValue } from "../../python/written.ts";
import { beyondIn, capOf, floorOf, negativeCap } from "../beyond.ts";
import { cannot, derived, elsewhere, exact, none } from "../rules.ts";
import type { Given, Outcome, Whole, Wrote } from "../types.ts";
import { KEY, modeOf } from "./names.ts";

/** A dual clip that no ratio reaches: verl holds log-ratios within ±20. */
const NEVER = 1e9;

/** Where ratios are clipped: clip_ratio_low and _high, and clip_ratio_c. */
export const clip = derived({
  fields: ["epsilon", "epsilon_high", "delta", "dual_clip", "cispo_floor"],
  keys: { [KEY.low]: 0.2, [KEY.high]: 0.2, [KEY.clip]: 0.2, [KEY.dual]: 3 },
  note: "under cispo the cap is 1 + clip_ratio_high; clip_ratio_c counts under vanilla alone",
  read(given) {
    const mode = modeOf(given.word(KEY.mode));
    return [
      readLow(given, mode),
      readHigh(given, mode),
      readDual(given, mode),
      elsewhere(
        KEY.clip,
        `Has no effect: clip_ratio_low ${given.number(KEY.low)} and clip_ratio_high ${given.number(KEY.high)} are always set and count.`,
      ),
    ];
  },
  write: writeClip,
});

const CLIPPED: ReadonlySet<string> = new Set(["vanilla", "gspo", "geo_mean"]);

function readLow(given: Given, mode: string): Outcome {
  const low = given.number(KEY.low);
  if (CLIPPED.has(mode)) return exact(KEY.low, { epsilon: low });
  if (mode === "cispo") {
    const floor = floorOf(low);
    return floor === 0
      ? exact(KEY.low, {}, `A floor of 1 − ${low} under no ratio: none, as in TRL's cispo.`)
      : exact(
          KEY.low,
          { cispo_floor: floor },
          `Lifts ratios under ${floor} to it; TRL's cispo has no floor.`,
        );
  }
  return mode === "sapo"
    ? elsewhere(KEY.low, "sapo clips nothing.")
    : none(KEY.low, `Goes with loss_mode ${mode}, which TRL has not.`, ["epsilon"]);
}

function readHigh(given: Given, mode: string): Outcome {
  const high = given.number(KEY.high);
  if (CLIPPED.has(mode)) return exact(KEY.high, { epsilon_high: high });
  if (mode === "cispo") {
    const cap = Number((1 + high).toPrecision(12));
    return exact(
      KEY.high,
      { epsilon_high: cap },
      `The cap is 1 + clip_ratio_high ${high} = ${cap}; TRL's epsilon_high is the cap itself under cispo.`,
    );
  }
  return mode === "sapo"
    ? elsewhere(KEY.high, "sapo clips nothing.")
    : none(KEY.high, `Goes with loss_mode ${mode}, which TRL has not.`, ["epsilon_high"]);
}

function readDual(given: Given, mode: string): Outcome {
  const dual = given.number(KEY.dual);
  const high = given.number(KEY.high);
  if (mode !== "vanilla")
    return elsewhere(KEY.dual, `${mode} does not look at clip_ratio_c ${dual}.`);
  if (dual >= NEVER) return exact(KEY.dual, { delta: null }, "No ratio reaches it.");
  return exact(
    KEY.dual,
    negativeCap(dual, high),
    dual >= 1 + high
      ? "Caps the ratio where the advantage is negative."
      : `Holds for negative advantages alone: TRL's delta, under 1 + epsilon_high ${1 + high}, would cap positive ones.`,
  );
}

function writeClip(whole: Whole): Wrote {
  const { values, number, text, is } = whole;
  const loss = text("loss_type");
  const high = values.epsilon_high === null ? number("epsilon") : number("epsilon_high");
  const perToken = is("importance_sampling_level", "token");
  if (loss === "sapo" && perToken) return { settings: {} };
  if (loss === "cispo" && perToken) {
    const { cispo_floor: floor } = beyondIn(values);
    const settings = {
      // 10 or more: no floor, which TRL has none of.
      [KEY.low]: floor === 0 ? 10 : floorOf(floor),
      [KEY.high]: Number((high - 1).toPrecision(12)),
    };
    return high >= 1
      ? { settings }
      : {
          settings: {},
          notes: {
            epsilon_high: cannot(
              `A cap of ${high} on the ratio is under 1, where clip_ratio_high would be negative.`,
            ),
          },
        };
  }
  const settings: Record<string, PlainValue> = { [KEY.low]: number("epsilon"), [KEY.high]: high };
  if (!perToken) {
    const says = cannot("verl's gspo has no dual clip.");
    return {
      settings,
      notes: {
        delta: values.delta === null ? undefined : says,
        dual_clip: beyondIn(values).dual_clip === null ? undefined : says,
      },
    };
  }
  // geo_mean looks at no dual clip.
  if (beyondIn(values).geometric_clip) return { settings };
  const { cap, notes } = capOf(whole, "verl");
  settings[KEY.dual] = cap ?? NEVER;
  return { settings, notes };
}

/** sapo's two temperatures. */
export const sapo = derived({
  fields: ["sapo_temperature_pos", "sapo_temperature_neg"],
  keys: { [KEY.tauPos]: 1, [KEY.tauNeg]: 1.05 },
  read: (given) =>
    [
      [KEY.tauPos, "sapo_temperature_pos"],
      [KEY.tauNeg, "sapo_temperature_neg"],
    ].map(([key = "", field = ""]) =>
      modeOf(given.word(KEY.mode)) === "sapo"
        ? exact(key, { [field]: given.number(key) })
        : elsewhere(key, "Counts under loss_mode sapo alone."),
    ),
  write: ({ is, number }) =>
    is("loss_type", "sapo")
      ? {
          settings: {
            [KEY.tauPos]: number("sapo_temperature_pos"),
            [KEY.tauNeg]: number("sapo_temperature_neg"),
          },
        }
      : { settings: {} },
});
