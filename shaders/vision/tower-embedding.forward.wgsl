// What enters a vision tower: a class token, then the patches, each with its position's embedding.
//
//   x[m,0]   = table[0] + table[1]
//   x[m,1+n] = patches[m,n] + table[2+n]
//
// Shapes    patches (M, S − 1, 4·C4)   table (1 + S, 4·C4): the class token, then S positions
//           x (M, S, 4·C4)
// Dispatch  one invocation per vec4 of x: (C4 / WX, M · S / WY, 1)
// Writes    x

override M: u32;   // pictures
override S: u32;   // tokens of a picture
override C4: u32;  // channels / 4, rounded up
override WX: u32 = 8;
override WY: u32 = 8;

@group(0) @binding(0) var<storage, read>       patches: array<vec4f>;
@group(0) @binding(1) var<storage, read>       table: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> x: array<vec4f>;

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= C4 || id.y >= M * S) { return; }
  let s = id.y % S;
  // With so many class tokens before it, patch n of picture m is row m · (S − 1) + n.
  var own = table[id.x];
  if (s > 0) { own = patches[(id.y - id.y / S - 1) * C4 + id.x]; }
  x[id.y * C4 + id.x] = own + table[(1 + s) * C4 + id.x];
}
