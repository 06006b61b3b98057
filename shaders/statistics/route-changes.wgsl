// How the routes of the scored tokens differ from those under the weights that made the rollout.
//
//   flips[b,c]     mixtures in which the token's experts are not the same K, in any order
//   logRatio[b,c]  mean over mixtures and the old experts e of log p[e] − log pOld[e]
//   p[e]           exp(logits[e]) / Σ_i exp(logits[i])     over all E
//
// Shapes    chosen, chosenOld (LAYERS, STRIDE): of each layer (tokens, K)   spans (B)
//           logits, logitsOld (LAYERS, LOGIT_STRIDE): of each layer (tokens, EP)
//           flips, logRatio (B, COLUMNS): NONE and 0 where there is no token
// Dispatch  one invocation per row and column: (B · COLUMNS / WORKGROUP, 1, 1)
// Writes    flips, logRatio

override LAYERS: u32;
override STRIDE: u32;        // routes from a layer to the next
override LOGIT_STRIDE: u32;  // logits from a layer to the next
override E: u32;             // experts
override EP: u32;            // numbers of a row of logits
override K: u32;             // experts of a token
override B: u32;             // rows
override COLUMNS: u32;       // scored columns
override WORKGROUP: u32 = 16;

@group(0) @binding(0) var<storage, read>       chosen: array<u32>;
@group(0) @binding(1) var<storage, read>       chosenOld: array<u32>;
@group(0) @binding(2) var<storage, read>       logits: array<f32>;
@group(0) @binding(3) var<storage, read>       logitsOld: array<f32>;
@group(0) @binding(4) var<storage, read>       spans: array<SequenceSpan>;
@group(0) @binding(5) var<storage, read_write> flips: array<u32>;
@group(0) @binding(6) var<storage, read_write> logRatio: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= B * COLUMNS) { return; }
  let t = scoredIndex(spans[id.x / COLUMNS], id.x % COLUMNS);
  var flipped = 0u;
  var sum = 0.0;
  if (t != NONE) {
    for (var l = 0u; l < LAYERS; l++) {
      let row = l * LOGIT_STRIDE + t * EP;
      var highest = vec2f(logits[row], logitsOld[row]);
      for (var e = 1u; e < E; e++) {
        highest = max(highest, vec2f(logits[row + e], logitsOld[row + e]));
      }
      var total = vec2f();
      for (var e = 0u; e < E; e++) {
        total += exp(vec2f(logits[row + e], logitsOld[row + e]) - highest);
      }
      let logSum = highest + log(total);
      var differs = false;
      let first = l * STRIDE + t * K;
      for (var i = first; i < first + K; i++) {
        let e = chosenOld[i];
        var found = false;
        for (var j = first; j < first + K; j++) { found = found || chosen[j] == e; }
        differs = differs || !found;
        sum += (logits[row + e] - logSum.x) - (logitsOld[row + e] - logSum.y);
      }
      flipped += u32(differs);
    }
  }
  flips[id.x] = select(flipped, NONE, t == NONE);
  logRatio[id.x] = sum / f32(LAYERS * K);
}
