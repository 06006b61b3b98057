// Histograms of both log-ratios in equal bins over [−range, range], and of what the clip cut off.
//
//   bin(d) = clamp( ⌊ (d + range) / (2·range) · BINS ⌋, 0, BINS − 1 )
//
// Shapes    logRatio (B, K)   mask, tokenClipped (B, K) u32   row (B)   sequenceClipped (B) u32
//           histogram (4, BINS) u32: tokens, tokens clipped, rows, rows clipped
// Dispatch  one workgroup: (1, 1, 1)
// Writes    histogram. Counts are integers, so the order of the additions does not matter.
//
// Counted in place: workgroup memory is cleared before a shader runs, bin by bin where the driver
// writes that out, and 484 of them took SwiftShader ten times as long to compile as all the rest.

override BINS: u32;
override WORKGROUP: u32 = 256;

@group(0) @binding(0) var<storage, read>       logRatio: array<f32>;
@group(0) @binding(1) var<storage, read>       mask: array<u32>;
@group(0) @binding(2) var<storage, read>       tokenClipped: array<u32>;
@group(0) @binding(3) var<storage, read>       row: array<Row>;
@group(0) @binding(4) var<storage, read>       sequenceClipped: array<u32>;
@group(0) @binding(5) var<storage, read_write> histogram: array<atomic<u32>>;
@group(0) @binding(6) var<uniform>             settings: Settings;

fn bin(d: f32) -> u32 {
  let range = settings.histogramRange;
  let at = clamp((d + range) / (2.0 * range) * f32(BINS), 0.0, f32(BINS - 1u));
  return min(u32(at), BINS - 1u);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_id) local: vec3u) {
  let lane = local.x;
  for (var i = lane; i < 4u * BINS; i += WORKGROUP) { atomicStore(&histogram[i], 0u); }
  storageBarrier();
  for (var i = lane; i < arrayLength(&logRatio); i += WORKGROUP) {
    if (mask[i] == 0u) { continue; }
    let at = bin(logRatio[i]);
    atomicAdd(&histogram[at], 1u);
    if (tokenClipped[i] != 0u) { atomicAdd(&histogram[BINS + at], 1u); }
  }
  for (var b = lane; b < arrayLength(&row); b += WORKGROUP) {
    if (row[b].length == 0.0) { continue; }
    let at = bin(row[b].meanLogRatio);
    atomicAdd(&histogram[2u * BINS + at], 1u);
    if (sequenceClipped[b] != 0u) { atomicAdd(&histogram[3u * BINS + at], 1u); }
  }
}
