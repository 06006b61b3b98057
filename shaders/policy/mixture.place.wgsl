// A mixture's choices sorted by expert, stably: each gets a slot, and the experts' slots lie one behind
// the other. What an expert computes, it computes for its slots only.
//
//   slots[t,j]      the slot of token t's j-th expert
//   order[slot]     t · K + j: what lies there
//   ranges[e]       first and end of the expert's slots
//
// Shapes    chosen, slots (R, K)   order (R · K)   ranges (E)
//           counts (most rows / 64, E): what mixture.choose.wgsl counted of each chunk
//           onward: 0 and how many tokens go on
// Dispatch  one invocation per chunk and expert: (most rows / 64 · E / WORKGROUP, 1, 1)
// Writes    slots, order, ranges

const CHUNK = 64u;

override E: u32;       // experts
override K: u32;       // experts of a token
override WORKGROUP: u32 = 64;

struct Count {
  onward: u32,
  all: u32,
  probability: f32,
  padding: u32,
}

@group(0) @binding(0) var<storage, read>       chosen: array<u32>;
@group(0) @binding(1) var<storage, read>       counts: array<Count>;
@group(0) @binding(2) var<storage, read_write> slots: array<u32>;
@group(0) @binding(3) var<storage, read_write> order: array<u32>;
@group(0) @binding(4) var<storage, read_write> ranges: array<vec4u>;
@group(0) @binding(5) var<uniform>             onward: vec2u;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let chunk = id.x / E;
  let expert = id.x % E;
  let chunks = (onward.y + CHUNK - 1) / CHUNK;
  // Without any token the ranges are written nevertheless.
  if (chunk >= max(chunks, 1)) { return; }
  var first = 0u;
  var own = 0u;
  var before = 0u;
  for (var s = 0u; s < chunks; s++) {
    for (var e = 0u; e < expert; e++) { first += counts[s * E + e].onward; }
    let count = counts[s * E + expert].onward;
    own += count;
    if (s < chunk) { before += count; }
  }
  if (chunk == 0) { ranges[expert] = vec4u(first, first + own, 0, 0); }

  var slot = first + before;
  let end = min(onward.y, (chunk + 1) * CHUNK) * K;
  for (var choice = chunk * CHUNK * K; choice < end; choice++) {
    if (chosen[choice] == expert) {
      slots[choice] = slot;
      order[slot] = choice;
      slot++;
    }
  }
}
