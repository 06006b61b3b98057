// Reward metrics of a generation batch, under TRL's names.
//
//   slot 0 reward   1 reward_std   2 frac_reward_zero_std   3 + 2f mean of function f   4 + 2f its std
//
// Shapes    rewards (N, F)   reward (N)   zeroStd (N) u32   metrics (3 + 2F)
// Dispatch  one thread per function, and one for the sum: (⌈(F + 1) / 64⌉, 1, 1)
// Writes    metrics; NaN where nothing was said, or a deviation of one value

@group(0) @binding(0) var<storage, read>       rewards: array<u32>;
@group(0) @binding(1) var<storage, read>       reward: array<u32>;
@group(0) @binding(2) var<storage, read>       zeroStd: array<u32>;
@group(0) @binding(3) var<storage, read_write> metrics: array<u32>;

fn bitsAt(n: u32, f: u32, F: u32) -> u32 {
  if (f < F) { return rewards[n * F + f]; }
  return reward[n];
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let f = id.x;
  let N = arrayLength(&reward);
  let F = arrayLength(&rewards) / N;
  if (f > F) { return; }
  var m = Moments();
  for (var n = 0u; n < N; n++) { m = seen(m, bitsAt(n, f, F)); }
  for (var n = 0u; n < N; n++) { m = spread(m, bitsAt(n, f, F)); }
  let mean = m.origin + m.sum / max(m.count, 1.0);
  let at = select(3u + 2u * f, 0u, f == F);
  metrics[at] = select(NAN, bitcast<u32>(mean), m.count > 0.0);
  metrics[at + 1] = select(NAN, bitcast<u32>(deviation(m, 1.0)), m.count > 1.0);
  if (f == F) {
    var zeros = 0u;
    for (var n = 0u; n < N; n++) { zeros += zeroStd[n]; }
    metrics[2] = bitcast<u32>(f32(zeros) / f32(N));
  }
}
