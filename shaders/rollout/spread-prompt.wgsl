// Keys and values of a prompt, given to every completion of it.
//
//   cache[b,p] = kv[b / G, p]
//
// Shapes    kv (B / G, P, 4·W4): keys, then values   cache (B, CAPACITY, 4·W4)
// Dispatch  one invocation per vec4 of a prompt's column: (W4 / WX, B·P / WY, 1)
// Writes    columns 0 … P − 1 of the cache

override B: u32;         // rows
override G: u32;         // completions of one prompt: consecutive rows
override P: u32;         // columns of a prompt that are cached
override CAPACITY: u32;  // columns of the cache
override W4: u32;        // all key and value heads of a column, in vec4s
override WX: u32 = 8;
override WY: u32 = 8;

@group(0) @binding(0) var<storage, read>       kv: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> cache: array<vec4f>;

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= W4 || id.y >= B * P) { return; }
  let b = id.y / P;
  let p = id.y % P;
  cache[(b * CAPACITY + p) * W4 + id.x] = kv[(b / G * P + p) * W4 + id.x];
}
