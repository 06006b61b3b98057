// The routes of the scored tokens, out of a packed batch: as records have them.
//
//   experts[b,c,l,j]  the j-th expert of the token that row b scores in column c, in the l-th mixture
//   shares[b,c,l,j]   its weight                                          0 and 0 where there is no token
//
// Shapes    chosen, weights (LAYERS, STRIDE): of each layer (tokens, K)   spans (B)
//           experts, shares (B, COLUMNS, LAYERS, K)
// Dispatch  one invocation per row and column: (B · COLUMNS / WORKGROUP, 1, 1)
// Writes    experts, shares

override LAYERS: u32;
override STRIDE: u32;   // routes from a layer to the next
override K: u32;        // experts of a token
override B: u32;        // rows
override COLUMNS: u32;  // scored columns
override WORKGROUP: u32 = 16;

@group(0) @binding(0) var<storage, read>       chosen: array<u32>;
@group(0) @binding(1) var<storage, read>       weights: array<f32>;
@group(0) @binding(2) var<storage, read>       spans: array<SequenceSpan>;
@group(0) @binding(3) var<storage, read_write> experts: array<u32>;
@group(0) @binding(4) var<storage, read_write> shares: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= B * COLUMNS) { return; }
  let t = scoredIndex(spans[id.x / COLUMNS], id.x % COLUMNS);
  for (var l = 0u; l < LAYERS; l++) {
    for (var j = 0u; j < K; j++) {
      let to = (id.x * LAYERS + l) * K + j;
      let at = l * STRIDE + t * K + j;
      experts[to] = 0;
      shares[to] = 0;
      if (t != NONE) {
        experts[to] = chosen[at];
        shares[to] = weights[at];
      }
    }
  }
}
