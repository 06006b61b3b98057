// What a driver can get wrong without a word, on numbers whose sums are known.
//
//   found[0]    Σ h(i), wrapping, by a tree in workgroup memory      h(i) = high word of 0xd2511f53 · x[i]
//   found[1]    Σ i-th product of two integers in float32, by a tree in workgroup memory: exact
//   found[2]    entries of `values` that are NaN, counted by their bits
//   found[3]    Σ exp(−i / 8) as float32 bits, in order
//   found[4]    Σ ln(1 + i) as float32 bits, in order
//   found[5]    Σ x[i] in a loop whose end is read from memory
//
// Shapes    x (64) u32   values (64)   found (6)
// Dispatch  (1, 1, 1)
// Writes    found

const LANES = 64u;

@group(0) @binding(0) var<storage, read>       x: array<u32>;
@group(0) @binding(1) var<storage, read>       values: array<f32>;
@group(0) @binding(2) var<storage, read_write> found: array<u32>;

var<workgroup> hashes: array<u32, LANES>;
var<workgroup> products: array<f32, LANES>;

fn mulHigh(a: u32, b: u32) -> u32 {
  let aHigh = a >> 16; let aLow = a & 0xffff; let bHigh = b >> 16; let bLow = b & 0xffff;
  let middle = aHigh * bLow + ((aLow * bLow) >> 16);
  let middle2 = aLow * bHigh + (middle & 0xffff);
  return aHigh * bHigh + (middle >> 16) + (middle2 >> 16);
}

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  hashes[lane] = mulHigh(0xd2511f53, x[lane]);
  let left = vec4f(vec4u(lane, lane + 1, lane + 2, lane + 3));
  products[lane] = dot(left, vec4f(1.0, -2.0, 3.0, -4.0)) * f32(lane);
  for (var half = LANES / 2; half > 0; half /= 2) {
    workgroupBarrier();
    if (lane < half) {
      hashes[lane] += hashes[lane + half];
      products[lane] += products[lane + half];
    }
  }
  if (lane > 0) { return; }
  var nans = 0u;
  var exponentials = 0.0;
  var logarithms = 0.0;
  var sum = 0u;
  for (var i = 0u; i < arrayLength(&x); i++) {
    nans += select(0u, 1u, (bitcast<u32>(values[i]) & 0x7fffffffu) > 0x7f800000u);
    exponentials += exp(-f32(i) / 8.0);
    logarithms += log(1.0 + f32(i));
    sum += x[i];
  }
  found[0] = hashes[0];
  found[1] = bitcast<u32>(products[0]);
  found[2] = nans;
  found[3] = bitcast<u32>(exponentials);
  found[4] = bitcast<u32>(logarithms);
  found[5] = sum;
}
