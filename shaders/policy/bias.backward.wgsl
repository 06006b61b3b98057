// The gradient of a product's bias: the sums of its outputs' gradients.
//
//   partial[e,s,o] (+)= Σ_r dy[r,o]          over the rows r of chunk s of expert e
//
// S is for the most rows that there may be: a chunk may have none, and its sums are 0.
//
// Shapes    dy (R, 4·O4)   partial (experts, S, 4·O4), or where `add` of one chunk each: the gradient,
//           `biasStride` vec4s from one expert's to the next one's; which rows: rows.*.wgsl
// Dispatch  one invocation per chunk and vec4 of outputs: (S · O4 / WORKGROUP, 1, experts)
// Writes    partial, accumulated where `add`

/** What is added up in a row loses digits: no sum is over more rows at once. */
const LONGEST = 1024u;

override WORKGROUP: u32 = 16;

struct Params {
  O4: u32,            // outputs / 4
  chunks: u32,        // S
  add: u32,           // 1: partial is accumulated
  weightStride: u32,
  biasStride: u32,    // from an expert's sums to the next one's, in vec4s
}

@group(0) @binding(0) var<storage, read>       dy: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> partial: array<vec4f>;
@group(0) @binding(2) var<uniform>             params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.chunks * params.O4) { return; }
  let chunk = id.x / params.O4;
  let column = id.x % params.O4;
  let range = rowsOf(id.z);
  let rows = (range.y - range.x + params.chunks - 1) / params.chunks;
  let start = range.x + chunk * rows;
  let end = min(range.y, start + rows);
  var total = vec4f();
  for (var begin = start; begin < end; begin += LONGEST) {
    var sum = vec4f();
    for (var r = begin; r < min(end, begin + LONGEST); r++) { sum += dy[r * params.O4 + column]; }
    total += sum;
  }
  let at = biasesBefore(id.z) + id.x;
  if (params.add == 1) { total += partial[at]; }
  partial[at] = total;
}
