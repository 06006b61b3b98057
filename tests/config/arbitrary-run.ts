import type { FieldType, FieldValue } from "../../src/config/field.ts";
import { pickArms, runFrom } from "../../src/config/run-from.ts";
import { presets } from "../../src/config/presets.ts";
import { setField } from "../../src/config/run-fields.ts";
import { fields, valueSchema } from "../../src/config/schema.ts";
import type { RunConfig } from "../../src/config/types.ts";
import { fc } from "../support/fuzz.ts";

/** Any value that a field takes. */
export function valueOf(type: FieldType): fc.Arbitrary<FieldValue> {
  const known = values.get(type) ?? makeValueOf(type);
  values.set(type, known);
  return known;
}

/** Made once: those of text compile a pattern. */
const values = new Map<FieldType, fc.Arbitrary<FieldValue>>();

function makeValueOf(type: FieldType): fc.Arbitrary<FieldValue> {
  const value = bareValueOf(type).filter((it) => valueSchema(type).safeParse(it).success);
  return type.nullable ? fc.oneof({ arbitrary: value, weight: 4 }, fc.constant(null)) : value;
}

const number = (min: number, max: number) =>
  fc.double({ min, max, noNaN: true }).map((value) => value + 0);

function bareValueOf(type: FieldType): fc.Arbitrary<FieldValue> {
  switch (type.kind) {
    case "int":
      return fc.integer({ min: type.min, max: type.max });
    case "float":
      return number(type.min, type.max).map((value) =>
        value >= (type.wholeFrom ?? Infinity) ? Math.floor(value) : value,
      );
    case "bool":
      return fc.boolean();
    case "enum":
      return fc.constantFrom(...type.values);
    case "text":
      // Words that would read as None are not told apart from it.
      return fc
        .oneof(fc.stringMatching(/^[a-z0-9-]{1,12}$/), fc.string({ maxLength: 20 }))
        .filter(
          (text) => text === text.trim() && !["none", "null", ""].includes(text.toLowerCase()),
        );
    case "list":
      return fc.array(number(type.min, type.max), { minLength: 1, maxLength: 4 });
    case "words": {
      const word = fc
        .stringMatching(/^[a-z][a-z0-9_.-]{0,11}$/)
        .filter((text) => !["none", "null"].includes(text));
      return fc.oneof(word, fc.array(word, { minLength: 2, maxLength: 4 }));
    }
    case "map":
      return fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), number(-10, 10), {
        maxKeys: 3,
        noNullPrototype: true,
      });
  }
}

const anyChange = fc
  .constantFrom(...fields)
  .chain((it) => fc.tuple(fc.constant(it), valueOf(it.type), fc.nat(3)));

/** A preset with any arms and any fields changed, in all arms or in one. */
export const anyRun: fc.Arbitrary<RunConfig> = fc
  .tuple(
    fc.constantFrom(...presets),
    fc.option(
      fc.uniqueArray(fc.constantFrom("token", "sequence", "sequence_token"), { minLength: 1 }),
    ),
    fc.array(anyChange, { maxLength: 12 }),
  )
  .map(([preset, arms, changes]) => {
    const start = runFrom(preset.id);
    const run = arms ? { ...start, arms: pickArms(start, arms) } : start;
    return changes.reduce((changed, [{ name, scope }, value, i]) => {
      const arm = scope === "grpo" ? changed.arms[i]?.name : undefined;
      return setField(changed, name, value, arm ?? null);
    }, run);
  });
