// Token embedding of prompts with pictures, backward into the features (embedding.backward has the table).
//
//   dfeatures[i,c] = Σ_b dx[r,c]          over the rows r of sequences b whose token is V + i, in order
//
// In every sequence the picture begins at token `begin`, and its tokens come one after the other.
//
// Shapes    tokens (R) u32   dx (R, 4·C4)   spans (B): where each sequence lies among the R rows
//           dfeatures (M · S, 4·C4): S of each picture, of which the first SKIP are no tokens
// Dispatch  one invocation per vec4 of dfeatures: (C4 / WX, M · S / WY, 1)
// Writes    dfeatures (not accumulated)

override C4: u32;    // columns / 4, rounded up
override V: u32;     // vocabulary
override B: u32;     // sequences
override M: u32;     // pictures
override S: u32;     // features of a picture
override SKIP: u32;  // those of them that no token has: the class token's
override WX: u32 = 8;
override WY: u32 = 8;

@group(0) @binding(0) var<storage, read>       tokens: array<u32>;
@group(0) @binding(1) var<storage, read>       dx: array<vec4f>;
@group(0) @binding(2) var<storage, read>       spans: array<SequenceSpan>;
@group(0) @binding(3) var<uniform>             begin: u32;
@group(0) @binding(4) var<storage, read_write> dfeatures: array<vec4f>;

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= C4 || id.y >= M * S) { return; }
  var sum = vec4f();
  // Of the class token's feature it is the token before the picture, or none: its own is never there.
  let t = begin + id.y % S - SKIP;
  for (var b = 0u; b < B; b++) {
    let span = spans[b];
    if (t >= span.count) { continue; }
    let row = packedIndex(span, t);
    if (tokens[row] == V + id.y) { sum += dx[row * C4 + id.x]; }
  }
  dfeatures[id.y * C4 + id.x] = sum;
}
