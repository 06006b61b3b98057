// Group-relative advantage: how much better a completion is than the others of its prompt.
//
//   group   Â = (r − mean_g) / (std_g + eps)
//   batch   Â = (r − mean_g) / (std_batch + eps)
//   none    Â =  r − mean_g
//   normalize_then_sum   Â = (score − mean_batch) / (std_batch + eps)
//
// mean_g is the group's, or its others': r − mean_others = (r − mean_g) · n / (n − 1). No reward, or no
// deviation to divide by: Â = 0, as TRL's nan_to_num leaves it. A deviation of the others that is 0, or
// none, divides nothing, as NeMo RL has it.
//
// Shapes    score, advantage (N)   zeroStd (N) u32, 1 where the deviation is 0 (TRL: isclose)
// Dispatch  one thread per row: (⌈N / 64⌉, 1, 1)
// Writes    advantage, zeroStd

@group(0) @binding(0) var<storage, read>       score: array<u32>;
@group(0) @binding(1) var<storage, read_write> advantage: array<f32>;
@group(0) @binding(2) var<storage, read_write> zeroStd: array<u32>;
@group(0) @binding(3) var<uniform>             settings: Settings;

// Of rows start to end, but for `left`.
fn momentsOf(start: u32, end: u32, left: u32) -> Moments {
  var m = Moments();
  for (var i = start; i < end; i++) { if (i != left) { m = seen(m, score[i]); } }
  for (var i = start; i < end; i++) { if (i != left) { m = spread(m, score[i]); } }
  return m;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let n = id.x;
  let N = arrayLength(&advantage);
  if (n >= N) { return; }
  let start = n / settings.G * settings.G;
  let overBatch = settings.normaliseEach != 0u || settings.scale == BATCH;
  var group = Moments();
  var batch = Moments();
  let end = min(start + settings.G, N);
  if (settings.normaliseEach == 0u) { group = momentsOf(start, end, N); }
  if (overBatch) { batch = momentsOf(0u, N, N); }

  var centre = group;
  if (settings.normaliseEach != 0u) { centre = batch; }
  var scale = group;
  if (overBatch) { scale = batch; }
  // Of a single value there is no deviation, unless only one was ever asked for: then TRL's is 0.
  let only = select(settings.G, N, overBatch) == 1u;
  let exists = scale.count > 1.0 || only;
  let sigma = deviation(scale, settings.ddof);
  let divides = settings.normaliseEach != 0u || settings.scale != UNSCALED;

  let bits = score[n];
  var off = above(centre, bitcast<f32>(bits));
  if (settings.leavesOneOut != 0u) { off *= centre.count / max(centre.count - 1.0, 1.0); }
  var scaled = select(off, off / (sigma + settings.eps), divides);
  var lacks = divides && !exists;
  if (settings.stdLeavesOneOut != 0u && divides) {
    let others = momentsOf(select(start, 0u, overBatch), select(end, N, overBatch), n);
    let sigmaOfOthers = deviation(others, settings.ddof);
    scaled = select(off, off / (sigmaOfOthers + settings.eps), sigmaOfOthers > 0.0);
    lacks = false;
  }
  advantage[n] = select(scaled, 0.0, isNan(bits) || lacks);
  zeroStd[n] = select(0u, 1u, exists && sigma <= 1e-8);
}
