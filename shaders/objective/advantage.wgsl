// Advantage scaling: what each token's ∇log π is multiplied with, at both levels.
//
//   tokenCoefficient[b,t]  = tokenKept[b,t] · Â[b]      GRPO: a row of unequal pushes
//   sequenceCoefficient[b] = sequenceKept[b] · Â[b]     GSPO: one push for the whole row
//   coefficient            = the one of the level that drives
//
// Shapes    tokenKept, tokenCoefficient, coefficient (B, K)   mask (B, K) u32
//           sequenceKept, sequenceCoefficient (B)   row (B)
// Dispatch  one thread per token: (⌈B·K / WORKGROUP⌉, 1, 1); the first of a row does the row
// Writes    0 where masked

override K: u32;
override WORKGROUP: u32 = 64;

@group(0) @binding(0) var<storage, read>       tokenKept: array<f32>;
@group(0) @binding(1) var<storage, read>       sequenceKept: array<f32>;
@group(0) @binding(2) var<storage, read>       row: array<Row>;
@group(0) @binding(3) var<storage, read>       mask: array<u32>;
@group(0) @binding(4) var<storage, read_write> tokenCoefficient: array<f32>;
@group(0) @binding(5) var<storage, read_write> sequenceCoefficient: array<f32>;
@group(0) @binding(6) var<storage, read_write> coefficient: array<f32>;
@group(0) @binding(7) var<uniform>             settings: Settings;

// An advantage of 0 pushes nothing, however large the ratio; what is not a number stays seen.
fn scaled(kept: f32, a: f32) -> f32 {
  return select(kept * a, 0.0, a == 0.0 && !isNan(kept));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= arrayLength(&coefficient)) { return; }
  let b = i / K;
  let a = row[b].advantage;
  let atToken = scaled(tokenKept[i], a);
  let atSequence = scaled(sequenceKept[b], a);
  let driving = select(atSequence, atToken, settings.level == TOKEN);
  tokenCoefficient[i] = atToken;
  coefficient[i] = select(0.0, driving, mask[i] != 0u);
  if (i == b * K) { sequenceCoefficient[b] = atSequence; }
}
