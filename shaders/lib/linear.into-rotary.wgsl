// The end of linear.forward for queries, keys and values: rotary positions.
//
//   q1, q2  = y1·cos − y2·sin,  y2·cos + y1·sin       the two halves of a head; k likewise
//   v       = y
//
// A tile's two vec4s are of the two halves of a head, which are `distance` apart.
//
// Shapes    y (…, (H + 2·KV)·D)   angles (columns, D): cosines, then sines, D / 2 each
//           positions: of each row r its token's position in its sequence, which chooses the angles, and
//           the row of kv where its key and value go
//           q (…, H·D)   kv (…, 2·KV·D): keys, then values
//           D is two halves, each padded with zeros to a whole vec4
// Writes    q; those rows of kv

override H: u32;   // query heads
override KV: u32;  // key and value heads

@group(0) @binding(6) var<storage, read>       angles: array<vec4f>;
@group(0) @binding(7) var<storage, read>       positions: array<vec2u>;
@group(0) @binding(8) var<storage, read_write> q: array<vec4f>;
@group(0) @binding(9) var<storage, read_write> kv: array<vec4f>;

fn finish(expert: u32, row: u32, column: u32, first: vec4f, second: vec4f) {
  let half = params.distance;
  let head = column / (2 * half);
  let j = column % half;
  let position = positions[row];
  let x1 = biased(expert, column, first);
  let x2 = biased(expert, column + half, second);
  var a = x1;
  var b = x2;
  if (head < H + KV) {
    let cosine = angles[position.x * 2 * half + j];
    let sine = angles[position.x * 2 * half + half + j];
    a = x1 * cosine - x2 * sine;
    b = x2 * cosine + x1 * sine;
  }
  if (head < H) {
    let at = (row * H + head) * 2 * half + j;
    q[at] = a;
    q[at + half] = b;
  } else {
    let at = (position.y * 2 * KV + head - H) * 2 * half + j;
    kv[at] = a;
    kv[at + half] = b;
  }
}
