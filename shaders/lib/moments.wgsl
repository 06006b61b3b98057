// Mean and deviation of values some of which are missing; put before the kernels of the advantages.
//
//   mean = Σ r / n      std = sqrt( Σ (r − mean)² / (n − ddof) )      over the n values present
//
// Sums are of distances from the first value, so that equal values have a deviation of exactly 0
// and lie exactly on their mean, whatever their rounding.

struct Settings {
  G: u32,                // num_generations; groups are consecutive rows
  scale: u32,            // GROUP, BATCH, UNSCALED
  normaliseEach: u32,    // normalize_then_sum
  leavesOneOut: u32,     // the mean that is subtracted is that of the group's others
  stdLeavesOneOut: u32,  // and so is the deviation
  ddof: f32,             // 1, or 0 for the biased deviation, which divides by n
  eps: f32,              // added to the deviation
}

struct Moments {
  count: f32,
  origin: f32,           // the first value
  sum: f32,              // Σ (r − origin)
  squares: f32,          // Σ (r − mean)²
}

const GROUP = 0u;
const BATCH = 1u;
const UNSCALED = 2u;

const NAN = 0x7fc00000u;

// By the bits: compilers may assume that no NaN exists.
fn isNan(bits: u32) -> bool {
  return (bits & 0x7fffffffu) > 0x7f800000u;
}

// First round: count and sum.
fn seen(m: Moments, bits: u32) -> Moments {
  if (isNan(bits)) { return m; }
  let value = bitcast<f32>(bits);
  let origin = select(m.origin, value, m.count == 0.0);
  return Moments(m.count + 1.0, origin, m.sum + (value - origin), 0.0);
}

// r − mean.
fn above(m: Moments, value: f32) -> f32 {
  return (value - m.origin) - m.sum / max(m.count, 1.0);
}

// Second round: squares.
fn spread(m: Moments, bits: u32) -> Moments {
  if (isNan(bits)) { return m; }
  let off = above(m, bitcast<f32>(bits));
  return Moments(m.count, m.origin, m.sum, m.squares + off * off);
}

// 0 for a single value, where the callers that need it know that it is undefined.
fn deviation(m: Moments, ddof: f32) -> f32 {
  return sqrt(m.squares / max(m.count - ddof, 1.0));
}

