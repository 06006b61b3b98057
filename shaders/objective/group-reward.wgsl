// Reward of each completion: its functions' weighted sum, and what the advantage normalises.
//
//   reward[n] = Σ_f weight[f]·r[n,f]                                  functions that said nothing left out
//   score[n]  = reward[n]                                             sum_then_normalize
//             = Σ_f weight[f]·(r[n,f] − mean_g r)/(std_g r + eps)    normalize_then_sum
//
// A row about which no function said anything has no reward: NaN.
//
// Shapes    rewards (N, F), NaN where a function said nothing   weight (F)   reward, score (N)
// Dispatch  one thread per row: (⌈N / 64⌉, 1, 1)
// Writes    reward, score

@group(0) @binding(0) var<storage, read>       rewards: array<u32>;
@group(0) @binding(1) var<storage, read>       weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> reward: array<u32>;
@group(0) @binding(3) var<storage, read_write> score: array<u32>;
@group(0) @binding(4) var<uniform>             settings: Settings;

fn groupMoments(n: u32, f: u32) -> Moments {
  let N = arrayLength(&reward);
  let F = arrayLength(&weight);
  let start = n / settings.G * settings.G;
  var m = Moments();
  for (var i = start; i < min(start + settings.G, N); i++) { m = seen(m, rewards[i * F + f]); }
  for (var i = start; i < min(start + settings.G, N); i++) { m = spread(m, rewards[i * F + f]); }
  return m;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let n = id.x;
  if (n >= arrayLength(&reward)) { return; }
  let F = arrayLength(&weight);
  var sum = 0.0;
  var normalised = 0.0;
  var scored = false;
  for (var f = 0u; f < F; f++) {
    let bits = rewards[n * F + f];
    if (isNan(bits)) { continue; }
    scored = true;
    let value = bitcast<f32>(bits);
    sum += weight[f] * value;
    if (settings.normaliseEach != 0u) {
      let m = groupMoments(n, f);
      // Alone in its group a value is its own mean: 0, where TRL leaves out a term that is NaN.
      normalised += weight[f] * above(m, value) / (deviation(m, settings.ddof) + settings.eps);
    }
  }
  let scoreOf = select(sum, normalised, settings.normaliseEach != 0u);
  reward[n] = select(NAN, bitcast<u32>(sum), scored);
  score[n] = select(NAN, bitcast<u32>(scoreOf), scored);
}
