// Metrics of the micro-batch, from the statistics of its rows.
//
//   first   one lane per quantity adds it up over the rows (or takes its minimum or maximum)
//   then    two lanes add the squared distances from the means just found
//   last    one lane forms TRL's means and ours
//
// Shapes    partial (B, 12)   row (B)   rowLoss (B) vec2   sequenceClipped (B) u32   bonus (2)
//           metrics (25), in the order of the objective's in src/record/metrics.ts
// Dispatch  one workgroup: (1, 1, 1)
// Writes    metrics, as bits: WGSL has no way to write NaN, which stands for "not defined"

const LANES = 32u;
const COLUMNS = 12u;
const LARGEST = 3.4028234e38;
const UNDEFINED = 0x7fc00000u;

@group(0) @binding(0) var<storage, read>       partial: array<f32>;
@group(0) @binding(1) var<storage, read>       row: array<Row>;
@group(0) @binding(2) var<storage, read>       rowLoss: array<vec2f>;
@group(0) @binding(3) var<storage, read>       sequenceClipped: array<u32>;
@group(0) @binding(4) var<storage, read>       bonus: array<f32>;
@group(0) @binding(5) var<storage, read_write> metrics: array<u32>;
@group(0) @binding(6) var<uniform>             settings: Settings;

// Quantities in the order of the lanes: sums, then minima, then maxima, then the second round.
const LOSS = 0u;
const NONFINITE = 1u;
const LENGTH = 2u;
const KL = 3u;
const ENTROPY = 4u;
const LOW = 5u;
const HIGH = 6u;
const CAPPED = 7u;
const PHI = 8u;
const LOG_RATIO = 9u;
const SQUARES = 10u;
const TOKENS_CLIPPED = 11u;
const ROWS = 12u;
const ROW_LOG_RATIO = 13u;
const ROWS_CLIPPED = 14u;
const MISMATCH = 15u;
const TOKEN_MIN = 16u;
const SEQUENCE_MIN = 17u;
const LOW_MIN = 18u;
const TOKEN_MAX = 19u;
const SEQUENCE_MAX = 20u;
const HIGH_MAX = 21u;
const MISMATCH_MAX = 22u;
const BETWEEN_TOKENS = 23u;    // Σ length·(mean of row − mean of tokens)²
const BETWEEN_ROWS = 24u;      // Σ (mean of row − mean of rows)²

var<workgroup> found: array<f32, LANES>;

fn quantity(which: u32, b: u32) -> f32 {
  let r = row[b];
  let at = b * COLUMNS;
  let counts = r.length > 0.0;
  switch which {
    case LOSS: { return rowLoss[b].x; }
    case NONFINITE: { return rowLoss[b].y; }
    case LENGTH: { return r.length; }
    case KL: { return partial[at]; }
    case ENTROPY: { return partial[at + 1]; }
    case LOW: { return partial[at + 2]; }
    case HIGH: { return partial[at + 3]; }
    case CAPPED: { return partial[at + 4]; }
    case PHI: { return r.phi; }
    case LOG_RATIO: { return r.meanLogRatio * r.length; }
    case SQUARES: { return partial[at + 5]; }
    case TOKENS_CLIPPED: { return partial[at + 6]; }
    case ROWS: { return select(0.0, 1.0, counts); }
    case ROW_LOG_RATIO: { return r.meanLogRatio; } // 0 for an empty row
    case ROWS_CLIPPED: { return f32(sequenceClipped[b]); }
    case MISMATCH: { return r.mismatch; }
    case TOKEN_MIN: { return partial[at + 7]; }
    case SEQUENCE_MIN: { return select(LARGEST, r.ratio, counts); }
    case LOW_MIN: { return select(LARGEST, partial[at + 9], partial[at + 9] >= 0.0); }
    case TOKEN_MAX: { return partial[at + 8]; }
    case SEQUENCE_MAX: { return select(-LARGEST, r.ratio, counts); }
    case HIGH_MAX: { return select(-LARGEST, partial[at + 10], partial[at + 10] >= 0.0); }
    case MISMATCH_MAX: { return r.mismatchMax; }
    case BETWEEN_TOKENS: {
      let off = r.meanLogRatio - found[LOG_RATIO] / max(found[LENGTH], 1.0);
      return r.length * off * off;
    }
    default: {
      let off = r.meanLogRatio - found[ROW_LOG_RATIO] / max(found[ROWS], 1.0);
      return select(0.0, off * off, counts);
    }
  }
}

fn reduce(which: u32) -> f32 {
  let smallest = which >= TOKEN_MIN && which <= LOW_MIN;
  let largest = which >= TOKEN_MAX && which <= MISMATCH_MAX;
  var result = select(select(0.0, -LARGEST, largest), LARGEST, smallest);
  for (var b = 0u; b < arrayLength(&row); b++) {
    let value = quantity(which, b);
    if (smallest) { result = min(result, value); }
    else if (largest) { result = max(result, value); }
    else { result += value; }
  }
  return result;
}

fn put(slot: u32, value: f32, isDefined: bool) {
  metrics[slot] = select(UNDEFINED, bitcast<u32>(value), isDefined);
}

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_id) local: vec3u) {
  let lane = local.x;
  for (var round = 0u; round < 2u; round++) {
    if ((lane >= BETWEEN_TOKENS) == (round == 1u)) { found[lane] = reduce(lane); }
    workgroupBarrier();
  }
  if (lane != 0) { return; }

  let tokens = max(found[LENGTH], 1.0);
  let rows = f32(arrayLength(&row));
  let countedRows = max(found[ROWS], 1.0);
  // TRL's mean over whatever the driving level has one value of.
  let counted = select(tokens, rows, settings.level == SEQUENCE);
  let any = found[ROWS] > 0.0;
  let clips = settings.rule == CLIP || settings.rule == GEOMETRIC;
  let hasBonus = settings.hasBonus != 0;
  let sampled = settings.hasLogpSampled != 0u;
  let bonusMean = bonus[0] / max(bonus[1], 1.0) / settings.accumulation;
  let loss = select(found[LOSS], found[LOSS] - settings.entropyCoef * bonusMean, hasBonus);

  put(0u, loss, true);
  put(1u, found[LOSS] * settings.policyLossScale, hasBonus);
  put(2u, settings.entropyCoef, hasBonus);
  put(3u, found[ENTROPY] / tokens, true);
  put(4u, found[KL] / tokens, settings.beta != 0.0);
  put(5u, found[LOW] / counted, clips);
  put(6u, found[HIGH] / counted, clips);
  put(7u, (found[LOW] + found[HIGH]) / counted, clips);
  put(8u, found[LOW_MIN], clips && found[LOW_MIN] < LARGEST);
  put(9u, found[HIGH_MAX], clips && found[HIGH_MAX] >= 0.0);
  put(10u, found[CAPPED] / counted, settings.rule == CAP);
  put(11u, found[PHI] / rows, settings.rule == GAMMA);
  put(12u, found[MISMATCH] / tokens, sampled);
  put(13u, found[MISMATCH_MAX], sampled);
  put(14u, sqrt((found[SQUARES] + found[BETWEEN_TOKENS]) / tokens), any);
  put(15u, sqrt(found[BETWEEN_ROWS] / countedRows), any);
  put(16u, found[TOKEN_MIN], any);
  put(17u, found[TOKEN_MAX], any);
  put(18u, found[SEQUENCE_MIN], any);
  put(19u, found[SEQUENCE_MAX], any);
  put(20u, found[TOKENS_CLIPPED] / tokens, any);
  put(21u, found[ROWS_CLIPPED] / countedRows, any);
  put(22u, bonus[0], hasBonus);
  put(23u, bonus[1], hasBonus);
  put(24u, found[NONFINITE] + select(1.0, 0.0, finite(loss)), true);
}
