/**
 * Cosines and sines of p · theta^(−2j/D) for columns p and pairs j, made in float64: WGSL promises
 * little about the sine of a large angle. Each row: cosines, then sines, both padded to a vec4.
 */
export function rotaryAngles(
  columns: number,
  headDim: number,
  theta: number,
): Float32Array<ArrayBuffer> {
  const half = headDim / 2;
  const stride = 4 * Math.ceil(half / 4);
  const angles = new Float32Array(columns * 2 * stride);
  for (let p = 0; p < columns; p++) {
    for (let j = 0; j < half; j++) {
      const angle = p * theta ** (-j / half);
      angles[p * 2 * stride + j] = Math.cos(angle);
      angles[p * 2 * stride + stride + j] = Math.sin(angle);
    }
  }
  return angles;
}
