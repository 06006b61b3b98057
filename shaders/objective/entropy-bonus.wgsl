// Entropy bonus: loss −= coef · Σ keep·H / (max(Σ keep, 1) · gradient_accumulation_steps).
//
//   ∂loss/∂H[b,t] = −coef · keep / (max(Σ keep, 1) · gradient_accumulation_steps)
//
// Shapes    keep (B, K) u32   bonus (2)   dentropy (B, K)
// Dispatch  one thread per token: (⌈B·K / WORKGROUP⌉, 1, 1); run only when entropy-mask is
// Writes    dentropy, 0 where masked

override WORKGROUP: u32 = 64;

@group(0) @binding(0) var<storage, read>       keep: array<u32>;
@group(0) @binding(1) var<storage, read>       bonus: array<f32>;
@group(0) @binding(2) var<storage, read_write> dentropy: array<f32>;
@group(0) @binding(3) var<uniform>             settings: Settings;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= arrayLength(&keep)) { return; }
  let each = settings.entropyCoef / (max(bonus[1], 1.0) * settings.accumulation);
  dentropy[i] = select(0.0, -each, keep[i] != 0u);
}
