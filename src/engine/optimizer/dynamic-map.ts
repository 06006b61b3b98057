/**
 * bitsandbytes' dynamic map: 256 ascending values in [−1, 1] (signed) or [0, 1]. Each of seven
 * decades holds twice as many values as the one below it, in the middle of equal intervals; 0 and 1
 * are added. Computed in float32 step by step, so that the values are theirs bit for bit.
 */
export function dynamicMap(signed: boolean): Float32Array<ArrayBuffer> {
  const f = Math.fround;
  const values = [0, 1];
  for (let decade = 0; decade < 7; decade++) {
    const intervals = signed ? 2 ** decade : 2 ** (decade + 1);
    const scale = f(10 ** (decade - 6));
    const edge = edges(intervals);
    for (let i = 0; i < intervals; i++) {
      const middle = f(f(edge(i) + edge(i + 1)) / 2);
      values.push(f(scale * middle));
      if (signed) values.push(-f(scale * middle));
    }
  }
  return Float32Array.from(values).sort();
}

/** torch.linspace(0.1, 1, intervals + 1) in float32: from the nearer end, rounded once. */
function edges(intervals: number): (i: number) => number {
  const f = Math.fround;
  const first = f(0.1);
  const step = f(f(1 - first) / intervals);
  return (i) => (i < (intervals + 1) / 2 ? f(first + step * i) : f(1 - step * (intervals - i)));
}
