// The end of linear.forward for queries, keys and values: rotary positions.
//
//   p       = position + r mod TQ                     the column of row r
//   q1, q2  = y1·cos − y2·sin,  y2·cos + y1·sin       the two halves of a head; k likewise
//   v       = y
//
// A tile's two vec4s are of the two halves of a head, which are `distance` apart.
//
// Shapes    y (B·TQ, (H + 2·KV)·D)   angles (TCAP, D): cosines, then sines, D / 2 each
//           position (1) u32   q (B·TQ, H·D)   kv (B, TCAP, 2·KV·D): keys, then values
//           D is two halves, each padded with zeros to a whole vec4
// Writes    q; columns position … position + TQ − 1 of kv

override H: u32;   // query heads
override KV: u32;  // key and value heads

struct Columns {
  TQ: u32,    // of x
  TCAP: u32,  // of kv
}

@group(0) @binding(5) var<storage, read>       angles: array<vec4f>;
@group(0) @binding(6) var<storage, read>       position: array<u32>;
@group(0) @binding(7) var<storage, read_write> q: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> kv: array<vec4f>;
@group(0) @binding(9) var<uniform>             columns: Columns;

fn finish(row: u32, column: u32, first: vec4f, second: vec4f) {
  let half = params.distance;
  let head = column / (2 * half);
  let j = column % half;
  let p = position[0] + row % columns.TQ;
  var a = first;
  var b = second;
  if (head < H + KV) {
    let cosine = angles[p * 2 * half + j];
    let sine = angles[p * 2 * half + half + j];
    a = first * cosine - second * sine;
    b = second * cosine + first * sine;
  }
  if (head < H) {
    let at = (row * H + head) * 2 * half + j;
    q[at] = a;
    q[at + half] = b;
  } else {
    let at = ((row / columns.TQ * columns.TCAP + p) * 2 * KV + head - H) * 2 * half + j;
    kv[at] = a;
    kv[at + half] = b;
  }
}
