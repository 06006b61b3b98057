// Token embedding, backward into its table: one partial sum per chunk of rows.
//
//   partial[s,v,c] = Σ_r dx[r,c]          over the rows r of chunk s whose token is v, in order
//
// The row of the padding token stays zero, as with torch's padding_idx. Tokens from V on are features of
// pictures and have no row.
//
// Shapes    tokens (R) u32   dx (R, 4·C4)   partial (FIRST + S, VP, 4·C4)     row-major
// Dispatch  one invocation per chunk and vec4 of columns: (C4 / WX, S / WY, 1)
// Writes    the last S of partial, which sum-partials adds up in the order of s

override C4: u32;     // columns / 4, rounded up
override V: u32;      // vocabulary
override VP: u32;     // rows of the table: V and padding
override FIRST: u32;  // partial sums before these: a tied head's
override PAD: u32;    // the padding token; V when there is none
override CHUNK: u32;  // rows per partial sum
override S: u32;      // partial sums: of the most rows that there may be
override WX: u32 = 4;
override WY: u32 = 4;

@group(0) @binding(0) var<storage, read>       tokens: array<u32>;
@group(0) @binding(1) var<storage, read>       dx: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> partial: array<vec4f>;
@group(0) @binding(3) var<uniform>             rowRange: vec2u;  // 0, R

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let c = id.x;
  let first = id.y * CHUNK;
  if (c >= C4 || id.y >= S) { return; }
  let table = (FIRST + id.y) * VP * C4 + c;
  for (var v = 0u; v < V; v++) { partial[table + v * C4] = vec4f(); }
  let end = min(rowRange.y, first + CHUNK);
  for (var r = first; r < end; r++) {
    let v = tokens[r];
    if (v < V && v != PAD) { partial[table + v * C4] += dx[r * C4 + c]; }
  }
}
