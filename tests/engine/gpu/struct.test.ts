import { expect, test } from "vitest";
import { structOf } from "../../../src/engine/gpu/struct.ts";

const CODE = `struct Other { a: f32 }
struct Params {
  rate: f32,    // a comment, with a comma: here
  count: u32,
  offset: i32
}`;

test("values lie where the shader's struct has them, whatever order they are named in", () => {
  const { words, pack } = structOf(CODE, "Params");
  expect(words).toBe(3);
  const bytes = pack({ offset: -2, count: 7, rate: 0.1 });
  expect(new Float32Array(bytes)[0]).toBe(Math.fround(0.1));
  expect(new Uint32Array(bytes)[1]).toBe(7);
  expect(new Int32Array(bytes)[2]).toBe(-2);
});

test("a member too few or too many, a struct that is not there, and one that is no list of scalars are refused", () => {
  const { pack } = structOf(CODE, "Params");
  expect(() => pack({ rate: 1, count: 1 })).toThrow("struct Params: offset has no value");
  expect(() => pack({ rate: 1, count: 1, offset: 1, more: 1 })).toThrow("no member more");
  expect(() => structOf(CODE, "Settings")).toThrow("declares no struct Settings");
  expect(() => structOf("struct P { at: vec2u, }", "P")).toThrow("no scalar: at: vec2u");
});
