import type { Value } from "./value.ts";

/** Whether two values are the same wherever they are written. */
export function same(one: Value, other: Value): boolean {
  if ("array" in one || "array" in other) {
    if (!("array" in one && "array" in other)) return false;
    return (
      one.array.length === other.array.length &&
      one.array.every(
        ({ text, problem }, i) =>
          text === other.array[i]?.text && problem === other.array[i]?.problem,
      )
    );
  }
  if (one === other) return true;
  const plain = ({ text }: { text: readonly { text: string; problem?: string }[] }) => ({
    text: text.map((each) => each.text).join(""),
    problem: text.map((each) => each.problem ?? "").join(""),
  });
  const [a, b] = [plain(one), plain(other)];
  return a.text === b.text && a.problem === b.problem;
}
