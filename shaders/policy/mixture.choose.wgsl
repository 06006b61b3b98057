// A mixture's router: which K of E experts each token goes through, and with which weights.
//
//   chosen[t,0 … K−1]   the K largest of logits[t]; of equal ones the first. Where `given`, and given[t] is
//                       not NONE: given[t]
//   weights[t,j]        exp(logits[t,e]) / Σ exp(logits[t,i])     e = chosen[t,j], i over the chosen where
//                                                                 NORMALISED, else over all E
//   p[t,e]              exp(logits[t,e]) / Σ exp(logits[t,i])     i over all E
//
// A workgroup is a chunk of 64 tokens, and says what the experts got of it:
//
//   counts[s,e]         onward: how often e was chosen by tokens that go on to the experts; all: by all;
//                       probability: Σ_t p[t,e] over all
//
// Shapes    logits (R, EP), EP a multiple of 4   given, chosen, weights (R, K)   counts (R / 64, E)
//           rowRange, onward: 0 and how many tokens are routed, and go on: the first of them
// Dispatch  one invocation per token: (most rows / 64, 1, 1)
// Writes    chosen, weights, counts

const CHUNK = 64u;
const K = 2u;           // experts of a token
const NORMALISED = 1u;  // 1: the weights of a token's experts make 1

override E: u32;   // experts
override EP: u32;  // numbers of a row of logits

struct Params {
  given: u32,  // 1: routes are replayed
}

const NONE = 0xffffffffu;  // the token's route is not known

struct Count {
  onward: u32,
  all: u32,
  probability: f32,
  padding: u32,
}

@group(0) @binding(0) var<storage, read>       logits: array<f32>;
@group(0) @binding(1) var<storage, read>       given: array<u32>;
@group(0) @binding(2) var<storage, read_write> chosen: array<u32>;
@group(0) @binding(3) var<storage, read_write> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> counts: array<Count>;
@group(0) @binding(5) var<uniform>             params: Params;
@group(0) @binding(6) var<uniform>             rowRange: vec2u;
@group(0) @binding(7) var<uniform>             onward: vec2u;

var<workgroup> choices: array<u32, CHUNK * K>;
var<workgroup> logSums: array<f32, CHUNK>;

/** The best expert after the one before it, (value, number): smaller, or equal and later. */
fn next(row: u32, before: f32, beforeIndex: u32, first: bool) -> u32 {
  var best = 0u;
  var value = -3.4e38;
  var found = false;
  for (var e = 0u; e < E; e++) {
    let own = logits[row * EP + e];
    let left = first || own < before || (own == before && e > beforeIndex);
    if (left && (!found || own > value)) {
      best = e;
      value = own;
      found = true;
    }
  }
  return best;
}

fn route(t: u32, index: u32) {
  let replays = params.given == 1 && given[t * K] != NONE;
  var expert = 0u;
  for (var j = 0u; j != K; j++) {
    if (replays) {
      expert = min(given[t * K + j], E - 1);
    } else {
      expert = next(t, logits[t * EP + expert], expert, j == 0);
    }
    choices[index * K + j] = expert;
    chosen[t * K + j] = expert;
  }

  var highest = logits[t * EP];
  for (var e = 1u; e < E; e++) { highest = max(highest, logits[t * EP + e]); }
  var sum = 0.0;
  for (var e = 0u; e < E; e++) { sum += exp(logits[t * EP + e] - highest); }
  logSums[index] = highest + log(sum);

  var top = logits[t * EP + choices[index * K]];
  var total = 1.0;
  if (NORMALISED == 1) {
    for (var j = 1u; j < K; j++) { top = max(top, logits[t * EP + choices[index * K + j]]); }
    total = 0;
    for (var j = 0u; j != K; j++) { total += exp(logits[t * EP + choices[index * K + j]] - top); }
  } else {
    top = highest;
    total = sum;
  }
  for (var j = 0u; j != K; j++) {
    weights[t * K + j] = exp(logits[t * EP + choices[index * K + j]] - top) / total;
  }
}

@compute @workgroup_size(CHUNK)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let first = group.x * CHUNK;
  let t = first + index;
  if (t < rowRange.y) { route(t, index); }
  workgroupBarrier();

  let all = min(CHUNK, max(rowRange.y, first) - first);
  let further = min(CHUNK, max(onward.y, first) - first);
  for (var e = index; e < E; e += CHUNK) {
    var count = Count();
    for (var i = 0u; i < all; i++) {
      count.probability += exp(logits[(first + i) * EP + e] - logSums[i]);
      for (var j = 0u; j != K; j++) {
        if (choices[i * K + j] == e) {
          count.all++;
          if (i < further) { count.onward++; }
        }
      }
    }
    counts[group.x * E + e] = count;
  }
}
