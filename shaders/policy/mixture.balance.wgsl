// The load-balancing loss over all of a policy's mixtures, as transformers' load_balancing_loss_func.
//
//   share[e]       = Σ_{l,t} [ e chosen by t in layer l ] / (L · R)          makes K in all; no gradient
//   probability[e] = Σ_{l,t} p[l,t,e] / (L · R)
//   balance[E]     = E · Σ_e share[e] · probability[e]                       K where the load is even
//   balance[e]     = E · share[e] / (L · R): of balance[E], the derivative with respect to p[l,t,e]
//
// Shapes    counts (L, STRIDE): of each layer (R / 64, E), what mixture.choose.wgsl counted
//           balance (E + 1)   rowRange: 0 and how many tokens there are
// Dispatch  (1, 1, 1)
// Writes    balance

const CHUNK = 64u;

override E: u32;       // experts
override LAYERS: u32;  // L
override STRIDE: u32;  // counts from a layer to the next

struct Count {
  onward: u32,
  all: u32,
  probability: f32,
  padding: u32,
}

@group(0) @binding(0) var<storage, read>       counts: array<Count>;
@group(0) @binding(1) var<storage, read_write> balance: array<f32>;
@group(0) @binding(2) var<uniform>             rowRange: vec2u;

const MOST = 256u;  // experts
var<workgroup> products: array<f32, MOST>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) index: u32) {
  let chunks = (rowRange.y + CHUNK - 1) / CHUNK;
  let rows = f32(max(rowRange.y, 1) * LAYERS);
  for (var e = index; e < E; e += 64) {
    var chosen = 0u;
    var probability = 0.0;
    for (var l = 0u; l < LAYERS; l++) {
      for (var s = 0u; s < chunks; s++) {
        let count = counts[l * STRIDE + s * E + e];
        chosen += count.all;
        probability += count.probability;
      }
    }
    let share = f32(chosen) / rows;
    balance[e] = f32(E) * share / rows;
    products[e] = share * probability / rows;
  }
  workgroupBarrier();
  if (index == 0) {
    var sum = 0.0;
    for (var e = 0u; e < E; e++) { sum += products[e]; }
    balance[E] = f32(E) * sum;
  }
}
