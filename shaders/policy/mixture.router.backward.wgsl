// A mixture's router, backward: from the weights of the chosen, and from the load-balancing loss
// (mixture.balance.wgsl), into its logits.
//
//   p[e]       = exp(logits[t,e]) / Σ_i exp(logits[t,i])                                  over all E
//   dlogits[e] = weights[j] · ( dweights[j] − Σ_i weights[i] · dweights[i] )              e = chosen[j]
//                where NORMALISED, i over the chosen; else p[e] · ( dp[e] − Σ_i p[i] · dp[i] )
//                with dp[chosen[j]] = dweights[j], 0 for the others
//              + p[e] · ( balance[e] − Σ_i p[i] · balance[i] ) · coefficient
//
// A token that does not go on to the experts has no dweights.
//
// Shapes    logits, dlogits (R, EP): what is padding gets 0   chosen, weights, dweights (R, K)
//           balance (E)   rowRange, onward: 0 and how many tokens are routed, and go on
// Dispatch  one invocation per token: (most rows / WORKGROUP, 1, 1)
// Writes    dlogits

override E: u32;           // experts
override EP: u32;          // numbers of a row of logits
override K: u32;           // experts of a token
override NORMALISED: u32;  // 1: the weights of a token's experts make 1
override WORKGROUP: u32 = 16;

@group(0) @binding(0) var<storage, read>       logits: array<f32>;
@group(0) @binding(1) var<storage, read>       chosen: array<u32>;
@group(0) @binding(2) var<storage, read>       weights: array<f32>;
@group(0) @binding(3) var<storage, read>       dweights: array<f32>;
@group(0) @binding(4) var<storage, read>       balance: array<f32>;
@group(0) @binding(5) var<storage, read_write> dlogits: array<f32>;
@group(0) @binding(6) var<uniform>             coefficient: f32;
@group(0) @binding(7) var<uniform>             rowRange: vec2u;
@group(0) @binding(8) var<uniform>             onward: vec2u;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let t = id.x;
  if (t >= rowRange.y) { return; }
  let row = t * EP;
  var highest = logits[row];
  for (var e = 1u; e < E; e++) { highest = max(highest, logits[row + e]); }
  var sum = 0.0;
  var along = 0.0;
  for (var e = 0u; e < E; e++) {
    let p = exp(logits[row + e] - highest);
    sum += p;
    along += p * balance[e];
  }
  along /= sum;

  var used = 0.0;
  let goesOn = t < onward.y;
  if (goesOn) {
    for (var c = t * K; c < (t + 1) * K; c++) { used += weights[c] * dweights[c]; }
  }
  for (var e = 0u; e < EP; e++) {
    if (e >= E) {
      dlogits[row + e] = 0;
      continue;
    }
    let p = exp(logits[row + e] - highest) / sum;
    var value = coefficient * p * (balance[e] - along);
    if (goesOn) {
      // Of all experts, for a softmax over all of them.
      if (NORMALISED == 0) { value -= p * used; }
      for (var c = t * K; c < (t + 1) * K; c++) {
        if (chosen[c] == e) {
          value += weights[c] * (dweights[c] - select(0.0, used, NORMALISED == 1));
        }
      }
    }
    dlogits[row + e] = value;
  }
}
