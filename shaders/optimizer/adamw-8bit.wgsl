// AdamW with block-wise 8-bit moments, one step (bitsandbytes, kOptimizerStatic8bit2StateBlockwise).
//
//   g ← g · factor
//   m ← β₁ · map₁[code₁] · absmax₁ + (1 − β₁) g          v ← β₂ · map₂[code₂] · absmax₂ + (1 − β₂) g²
//   p ← (p − stepSize · m / (√v + √(1 − β₂ᵗ) ε)) · (1 − lr · wd)       with the unquantised m and v
//   absmax = max |m|, max |v| over the block;  code = nearest entry of the map to m, v / absmax
//
// Shapes    g, p (N)   code1, code2 (N) of four codes each   blocks, absmax (BLOCKS)     N in vec4s
//           blocks = first vec4, vec4s (at most 64), 1 if weight decay applies, 0
// Dispatch  one workgroup per block of 256 parameters: (BLOCKS, 1, 1)
// Writes    p, code1, code2, absmax; nothing when status says that the step is skipped

const WORKGROUP = 64u;
const EXPONENT = vec4u(0x7f800000u);
const ZERO_CODE = 127u;          // of the signed map

struct Params {
  beta1: f32,
  oneMinusBeta1: f32,
  beta2: f32,
  oneMinusBeta2: f32,
  stepSize: f32,                 // lr · √(1 − β₂ᵗ) / (1 − β₁ᵗ)
  epsilon: f32,                  // √(1 − β₂ᵗ) · ε
  keep: f32,                     // 1 − lr · wd
}

@group(0) @binding(0) var<storage, read>       g: array<vec4u>;
@group(0) @binding(1) var<storage, read>       status: array<f32, 3>;
@group(0) @binding(2) var<storage, read>       blocks: array<vec4u>;
@group(0) @binding(3) var<storage, read>       maps: array<f32, 512>;
@group(0) @binding(4) var<storage, read_write> p: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> code1: array<u32>;
@group(0) @binding(6) var<storage, read_write> code2: array<u32>;
@group(0) @binding(7) var<storage, read_write> absmax: array<vec2f>;
@group(0) @binding(8) var<uniform>             params: Params;

var<workgroup> largest: array<vec2f, WORKGROUP>;

fn restore(map: u32, codes: u32) -> vec4f {
  let code = unpack4xU8(codes);
  return vec4f(maps[map + code.x], maps[map + code.y], maps[map + code.z], maps[map + code.w]);
}

// A block of zeros has no scale: bitsandbytes leaves 255 there, and 0 times any entry is 0.
fn codeOfM(m: f32, scale: f32) -> u32 {
  if (scale == 0.0) { return 255u; }
  let code = nearestCode(SIGNED, m / scale);
  // m keeps its sign: what is negative is never stored as 0.
  return select(code, ZERO_CODE - 1u, code == ZERO_CODE && m < 0.0);
}

fn codeOfV(v: f32, scale: f32) -> u32 {
  if (scale == 0.0) { return 0u; }
  return nearestCode(UNSIGNED, v / scale);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let block = blocks[group.x];
  let mine = lane < block.y && status[1] == 0.0;
  let i = block.x + lane;

  var m = vec4f(0.0);
  var v = vec4f(0.0);
  if (mine) {
    let bits = g[i];
    // An infinite or undefined gradient empties its own moments and leaves its parameter alone.
    let finite = (bits & EXPONENT) != EXPONENT;
    let gradient = select(vec4f(0.0), bitcast<vec4f>(bits), finite) * status[2];
    let scale = absmax[group.x];
    m = restore(SIGNED, code1[i]) * scale.x * params.beta1 + params.oneMinusBeta1 * gradient;
    v = restore(UNSIGNED, code2[i]) * scale.y * params.beta2
      + params.oneMinusBeta2 * gradient * gradient;
    m = select(vec4f(0.0), m, finite);
    v = select(vec4f(0.0), v, finite);

    let stepped = p[i] - params.stepSize * (m / (sqrt(v) + params.epsilon));
    let decayed = stepped * select(1.0, params.keep, block.z == 1u);
    p[i] = select(p[i], decayed, finite);
  }

  let size = abs(m);
  largest[lane] = vec2f(
    max(max(size.x, size.y), max(size.z, size.w)),
    max(max(v.x, v.y), max(v.z, v.w)),
  );
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { largest[lane] = max(largest[lane], largest[lane + half]); }
  }
  workgroupBarrier();
  if (!mine) { return; }

  let scale = largest[0];
  code1[i] = pack4xU8(vec4u(
    codeOfM(m.x, scale.x), codeOfM(m.y, scale.x), codeOfM(m.z, scale.x), codeOfM(m.w, scale.x),
  ));
  code2[i] = pack4xU8(vec4u(
    codeOfV(v.x, scale.y), codeOfV(v.y, scale.y), codeOfV(v.z, scale.y), codeOfV(v.w, scale.y),
  ));
  if (lane == 0u) { absmax[group.x] = scale; }
}
