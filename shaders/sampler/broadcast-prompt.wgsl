// Keys and values of a prompt, given to every completion of it.
//
//   cache[b,p] = kv[row of the t-th token of prompt (first + b) / G]     p = start + t
//
// The cache holds `rows` rows of the batch, from row `first` on.
//
// Shapes    kv (…, 4·W4): keys, then values   cache (rows, capacity, 4·W4)
//           prompts (B / G): where each prompt lies in kv
// Dispatch  one invocation per vec4 of a prompt's column: (W4 / WX, rows·P / WY, 1)
// Writes    columns start … P − 1 of the cache

override WX: u32 = 8;
override WY: u32 = 8;

struct Params {
  first: u32,     // row of the batch
  rows: u32,
  G: u32,         // completions of one prompt: consecutive rows
  P: u32,         // columns of a prompt that are cached
  capacity: u32,  // columns of the cache
  W4: u32,        // all key and value heads of a column, in vec4s
}

@group(0) @binding(0) var<storage, read>       kv: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> cache: array<vec4f>;
@group(0) @binding(2) var<uniform>             params: Params;
@group(0) @binding(3) var<storage, read>       prompts: array<SequenceSpan>;

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.W4 || id.y >= params.rows * params.P) { return; }
  let b = id.y / params.P;
  let p = id.y % params.P;
  let prompt = prompts[(params.first + b) / params.G];
  let start = params.P - prompt.count;
  if (p < start) { return; }
  let source = prompt.first + p - start;
  cache[(b * params.capacity + p) * params.W4 + id.x] = kv[source * params.W4 + id.x];
}
