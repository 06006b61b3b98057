import { expect, test } from "vitest";
import { unroll } from "../../../src/engine/gpu/unroll.ts";

test("loops over the constant are written out, nested ones too; others stay", () => {
  const code = `const N = 2u;
for (var i = 0u; i < N; i++) {
  for (var j = 0u; j < N; j++) { sum[i * N + j] += x[i]; }
}
for (var k = 0u; k < K; k++) { index(k); }`;
  const written = unroll(code, { N: 3 });
  expect(written).toContain("const N = 3u;");
  expect(written.match(/sum\[\du \* N \+ \du\] \+= x\[\du\]/g)).toHaveLength(9);
  expect(written).toContain("sum[2u * N + 1u] += x[2u]");
  expect(written).toContain("for (var k = 0u; k < K; k++) { index(k); }");
});

test("a constant that the shader does not have is named", () => {
  expect(() => unroll("const N = 2u;", { M: 3 })).toThrow('no "const M = …u;"');
});
