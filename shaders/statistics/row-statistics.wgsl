// Row statistics: what the metrics need of each completion.
//
//   per row b, over its tokens that count:
//     Σ k·[c]   Σ H   low   high   capped   Σ (d − mean d)²   clipped   min c   max c   low/length   high/length
//
// low and high count where the clip binds at the driving level, TRL's way: after the cap of delta,
// a sequence ratio counting once. `clipped` counts token-level clipping, whatever level drives.
//
// Shapes    tokenRatio, entropy, logRatio (B, K)   tokenClipped, mask (B, K) u32   term (B, K) vec4
//           row (B)   partial (B, 12)
// Dispatch  one workgroup per row: (B, 1, 1)
// Writes    partial; a fraction of an empty row is −1

override K: u32;

const WORKGROUP = 32u;  // a power of two

const COLUMNS = 12u;
const LARGEST = 3.4028234e38;

@group(0) @binding(0) var<storage, read>       tokenRatio: array<f32>;
@group(0) @binding(1) var<storage, read>       tokenClipped: array<u32>;
@group(0) @binding(2) var<storage, read>       term: array<vec4f>;
@group(0) @binding(3) var<storage, read>       entropy: array<f32>;
@group(0) @binding(4) var<storage, read>       mask: array<u32>;
@group(0) @binding(5) var<storage, read>       row: array<Row>;
@group(0) @binding(6) var<storage, read>       logRatio: array<f32>;
@group(0) @binding(7) var<storage, read_write> partial: array<f32>;
@group(0) @binding(8) var<uniform>             settings: Settings;

var<workgroup> first: array<vec4f, WORKGROUP>;     // kl, entropy, low, high
var<workgroup> second: array<vec4f, WORKGROUP>;    // capped, squares, clipped, –
var<workgroup> extremes: array<vec2f, WORKGROUP>;  // min, max

// (low, high, capped) as 0 or 1.
fn binds(c: f32, a: f32) -> vec3f {
  let seen = min(c, settings.delta);
  let low = (seen < settings.clipLow) && (a < 0.0);
  let high = (seen > settings.clipHigh) && (a > 0.0);
  let capped = (c > settings.cap) && (a > 0.0);
  return select(vec3f(), vec3f(1.0), vec3<bool>(low, high, capped));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let b = group.x;
  let lane = local.x;
  let completion = row[b];

  var sum = vec4f();
  var more = vec4f();
  var extreme = vec2f(LARGEST, -LARGEST);
  for (var t = lane; t < K; t += WORKGROUP) {
    let i = b * K + t;
    if (mask[i] == 0u) { continue; }
    let own = tokenRatio[i];
    let c = select(completion.ratio, own, settings.level == TOKEN);
    let bound = binds(c, completion.advantage);
    let kl = term[i].y * select(1.0, c, settings.correctKl != 0u);
    let off = logRatio[i] - completion.meanLogRatio;
    sum += vec4f(kl, entropy[i], bound.xy);
    more += vec4f(bound.z, off * off, f32(tokenClipped[i]), 0.0);
    extreme = vec2f(min(extreme.x, own), max(extreme.y, own));
  }
  first[lane] = sum;
  second[lane] = more;
  extremes[lane] = extreme;
  for (var half = WORKGROUP / 2; half > 0; half /= 2) {
    workgroupBarrier();
    if (lane < half) {
      first[lane] += first[lane + half];
      second[lane] += second[lane + half];
      let other = extremes[lane + half];
      extremes[lane] = vec2f(min(extremes[lane].x, other.x), max(extremes[lane].y, other.y));
    }
  }
  if (lane != 0) { return; }

  var bound = vec3f(first[0].zw, second[0].x);
  var fraction = select(vec2f(-1.0), bound.xy / completion.length, completion.length > 0.0);
  if (settings.level == SEQUENCE) {
    bound = binds(completion.ratio, completion.advantage);
    fraction = bound.xy;
  }
  let at = b * COLUMNS;
  partial[at] = first[0].x;
  partial[at + 1] = first[0].y;
  partial[at + 2] = bound.x;
  partial[at + 3] = bound.y;
  partial[at + 4] = bound.z;
  partial[at + 5] = second[0].y;
  partial[at + 6] = second[0].z;
  partial[at + 7] = extremes[0].x;
  partial[at + 8] = extremes[0].y;
  partial[at + 9] = fraction.x;
  partial[at + 10] = fraction.y;
}
