import { expect, test } from "vitest";
import { jsonLiteral, pythonLiteral, yamlLiteral } from "../../../src/config/python/write-value.ts";

const map = { repetition_penalty: 2, top_k: 5, nested: { temperature: 1, none: null }, list: [1] };

test("floats in a map keep their point, ints have none", () => {
  expect(pythonLiteral(map)).toBe(
    '{"repetition_penalty": 2.0, "top_k": 5, "nested": {"temperature": 1.0, "none": None}, "list": [1]}',
  );
  expect(yamlLiteral(map)).toBe(
    '{"repetition_penalty": 2.0, "top_k": 5, "nested": {"temperature": 1.0, "none": null}, "list": [1]}',
  );
  expect(jsonLiteral(map)).toBe(
    `{
  "repetition_penalty": 2.0,
  "top_k": 5,
  "nested": {
    "temperature": 1.0,
    "none": null
  },
  "list": [
    1
  ]
}`,
  );
  expect(JSON.parse(jsonLiteral(map))).toEqual(map);
  expect(jsonLiteral({})).toBe("{}");
  expect(yamlLiteral({ min_lr: 5e-7, text: "a\nb" })).toBe('{"min_lr": 5.0e-7, "text": "a\\nb"}');
});
