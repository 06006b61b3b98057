// Clip, at both levels with the same rule: which ratios are cut off, and what the others keep. The
// level that drives is judged by the configuration's band, the other level by the other band.
//
//   grpo …   kept = c  where  min(min(c, δ)·Â, clip(c, 1−ε, 1+ε_high)·Â)  still depends on c, else 0;
//                      for Â < 0 the greater of that and dual·Â
//   cispo    kept = max(min(c, ε_high), floor)
//   geometric_clip   as grpo with exp(−ε), exp(ε_high); kept = φ at token level, c at sequence level
//   sapo     kept = 4·σ(z)·(1 − σ(z))·c,   z = τ(c − 1)
//   vespo    kept = φ
//
// kept × Â is −∂x/∂log c of the per-token loss x. One-sided by the sign of Â: a row that is pushed
// up can only be cut off above, one that is pushed down below (or above δ or dual).
//
// Shapes    tokenRatio, tokenKept (B, K)   mask, tokenClipped (B, K) u32   row (B)
//           sequenceClipped (B) u32   sequenceKept (B)
// Dispatch  one thread per token: (⌈B·K / WORKGROUP⌉, 1, 1); the first of a row does the row
// Writes    0 where masked

override K: u32;
override WORKGROUP: u32 = 64;

@group(0) @binding(0) var<storage, read>       tokenRatio: array<f32>;
@group(0) @binding(1) var<storage, read>       row: array<Row>;
@group(0) @binding(2) var<storage, read>       mask: array<u32>;
@group(0) @binding(3) var<storage, read_write> tokenClipped: array<u32>;
@group(0) @binding(4) var<storage, read_write> sequenceClipped: array<u32>;
@group(0) @binding(5) var<storage, read_write> tokenKept: array<f32>;
@group(0) @binding(6) var<storage, read_write> sequenceKept: array<f32>;
@group(0) @binding(7) var<uniform>             settings: Settings;

struct Verdict { clipped: u32, kept: f32 }
struct Band { low: f32, high: f32, delta: f32, dual: f32, cap: f32, floor: f32 }

fn bandOf(drives: bool) -> Band {
  let own = Band(settings.clipLow, settings.clipHigh, settings.delta, settings.dual, settings.cap, settings.floor);
  let other = Band(settings.otherLow, settings.otherHigh, settings.otherDelta, settings.otherDual, settings.otherCap, settings.otherFloor);
  if (drives) { return own; }
  return other;
}

fn hardClip(c: f32, a: f32, band: Band) -> Verdict {
  if (isNan(c)) { return Verdict(0u, c); } // must reach the gradient, where min() would hide it
  let capped = min(c, band.delta);
  let clamped = clamp(c, band.low, band.high);
  // The branch that min(·Â, ·Â) takes: the smaller ratio for Â > 0, the larger for Â < 0.
  let takesCapped = select(capped >= clamped, capped <= clamped, a > 0.0);
  let inside = c >= band.low && c <= band.high;
  let within = a > 0.0 || max(capped, clamped) <= band.dual;
  let live = a == 0.0 || (within && select(inside, c <= band.delta, takesCapped));
  return Verdict(select(1u, 0u, live), select(0.0, c, live));
}

fn gate(c: f32, a: f32) -> f32 {
  let tau = select(settings.gateNeg, settings.gatePos, a > 0.0);
  let e = exp(-abs(tau * (c - 1.0)));
  let slope = 4.0 * e / ((1.0 + e) * (1.0 + e));
  return select(slope * c, 0.0, e == 0.0); // far out: 0, also where c is infinite
}

fn judge(c: f32, phi: f32, a: f32, band: Band) -> Verdict {
  switch settings.rule {
    case CLIP: { return hardClip(c, a, band); }
    case CAP: {
      let over = c > band.cap;
      let under = c < band.floor && !over;
      let held = select(select(c, band.floor, under), band.cap, over);
      return Verdict(select(0u, 1u, (over || under) && a != 0.0), held);
    }
    case GEOMETRIC: {
      let verdict = hardClip(c, a, band);
      return Verdict(verdict.clipped, select(phi, verdict.kept, verdict.clipped != 0u || isNan(c)));
    }
    case GATE: { return Verdict(0u, gate(c, a)); }
    default: { return Verdict(0u, phi); }
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= arrayLength(&tokenKept)) { return; }
  let b = i / K;
  let completion = row[b];
  let tokenDrives = settings.level == TOKEN;
  if (mask[i] == 0u) {
    tokenClipped[i] = 0u;
    tokenKept[i] = 0.0;
  } else {
    let band = bandOf(tokenDrives);
    let verdict = judge(tokenRatio[i], completion.phi, completion.advantage, band);
    tokenClipped[i] = verdict.clipped;
    tokenKept[i] = verdict.kept;
  }
  if (i == b * K) {
    let band = bandOf(!tokenDrives);
    let phi = select(completion.phi, completion.ratio, settings.rule == GEOMETRIC);
    let verdict = judge(completion.ratio, phi, completion.advantage, band);
    sequenceClipped[b] = select(0u, verdict.clipped, completion.length > 0.0);
    sequenceKept[b] = verdict.kept;
  }
}
