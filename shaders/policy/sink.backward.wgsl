// Attention sinks, backward: what each head's sink took of the scores' softmax.
//
//   partial[s,h] = − Σ_t exp( sinks[h] − logSum[t,h] ) · delta[t,h]         over the rows t of chunk s
//
// S is for the most rows that there may be: a chunk may have none, and its sums are 0.
//
// Shapes    stats (R, H, 2): logSum, the sink's share included, and delta   sinks (H)
//           partial (S, HP): HP is H and padding, which gets 0   rowRange: 0, R
// Dispatch  one invocation per chunk and head: (S · HP / WORKGROUP, 1, 1)
// Writes    partial

override H: u32;   // query heads
override HP: u32;  // H, rounded up to a whole vec4
override S: u32;   // chunks
override WORKGROUP: u32 = 16;

@group(0) @binding(0) var<storage, read>       stats: array<vec2f>;
@group(0) @binding(1) var<storage, read>       sinks: array<f32>;
@group(0) @binding(2) var<storage, read_write> partial: array<f32>;
@group(0) @binding(3) var<uniform>             rowRange: vec2u;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= S * HP) { return; }
  let chunk = id.x / HP;
  let h = id.x % HP;
  let rows = (rowRange.y + S - 1) / S;
  let end = min(rowRange.y, (chunk + 1) * rows);
  var sum = 0.0;
  if (h < H) {
    for (var t = chunk * rows; t < end; t++) {
      let saved = stats[t * H + h];
      sum -= exp(sinks[h] - saved.x) * saved.y;
    }
  }
  partial[id.x] = sum;
}
