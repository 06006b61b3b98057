// Keeps the routes of the tokens that a pass of the sampler went through, in their places.
//
//   routes[live[i],c,l,j] = chosen[l,i,j]          c the column of row i's token
//
// Shapes    chosen (LAYERS, STRIDE): of each layer (rows, K)   live, positions: see pack-rows.wgsl
//           routes (B, CAPACITY, LAYERS, K)   rowRange: 0 and how many rows there are
// Dispatch  one invocation per row: (most rows / WORKGROUP, 1, 1)
// Writes    routes of these tokens

override LAYERS: u32;
override STRIDE: u32;    // routes from a layer to the next
override K: u32;         // experts of a token
override CAPACITY: u32;  // columns of the cache
override WORKGROUP: u32 = 64;

@group(0) @binding(0) var<storage, read>       chosen: array<u32>;
@group(0) @binding(1) var<storage, read>       live: array<u32>;
@group(0) @binding(2) var<storage, read>       positions: array<vec2u>;
@group(0) @binding(3) var<storage, read_write> routes: array<u32>;
@group(0) @binding(4) var<uniform>             rowRange: vec2u;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= rowRange.y) { return; }
  let place = live[i] * CAPACITY + positions[i].y % CAPACITY;
  for (var l = 0u; l < LAYERS; l++) {
    for (var j = 0u; j < K; j++) {
      routes[(place * LAYERS + l) * K + j] = chosen[l * STRIDE + i * K + j];
    }
  }
}
