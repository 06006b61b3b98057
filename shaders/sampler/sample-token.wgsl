// Samples the next token of every row that has not ended from its logits, with the filters of
// transformers' generate.
//
//   z = logits / temperature
//   top_k keeps the k largest z; top_p the smallest set of largest z whose probabilities reach p;
//   min_p those with probability ≥ min_p · the largest; each among what the ones before it kept
//   token = argmax over the kept of  z − ln(−ln u)         (Gumbel-max: a sample of softmax(z))
//   logp  = log softmax(z)[token]                          over the whole vocabulary
//
// u is Philox4x32-10 (Salmon et al. 2011) with key (seed, purpose) and counter (generation, row,
// column, vocabulary / 4): the same in every arm, whatever happened before. temperature 0 takes
// the largest logit.
//
// Shapes    logits (…, VP)   live: the row of the batch that row i of the logits is of, for as many i
//           as rowRange says   tokens (B, CAPACITY)   next, ended (B)   logp (B, K)   lastColumn (1)
// Dispatch  one invocation per row: (ceil(B / WORKGROUP), 1, 1)
// Writes    tokens at column lastColumn + 1, next, ended, logp at column lastColumn + 1 − HEAD

override V: u32;         // vocabulary
override VP: u32;        // vocabulary, padded
override CAPACITY: u32;  // columns of tokens
override HEAD: u32;      // first column that is sampled
override K: u32;         // columns that are sampled
override WORKGROUP: u32 = 4;

struct Settings {
  temperature: f32,
  top_p: f32,       // 1: off
  min_p: f32,       // 0: off
  top_k: u32,       // 0: off
  seed: u32,
  purpose: u32,
  generation: u32,
  eos: u32,         // 0xffffffff: rows never end
  firstRow: u32,    // number of row 0 within the generation
}

@group(0) @binding(0) var<storage, read>       logits: array<f32>;
@group(0) @binding(1) var<storage, read>       lastColumn: array<u32>;
@group(0) @binding(2) var<storage, read_write> tokens: array<u32>;
@group(0) @binding(3) var<storage, read_write> next: array<u32>;
@group(0) @binding(4) var<storage, read_write> ended: array<u32>;
@group(0) @binding(5) var<storage, read_write> logp: array<f32>;
@group(0) @binding(6) var<uniform>             settings: Settings;
@group(0) @binding(7) var<storage, read>       live: array<u32>;
@group(0) @binding(8) var<uniform>             rowRange: vec2u;  // 0, rows that have not ended

fn mulHigh(a: u32, b: u32) -> u32 {
  let aHigh = a >> 16; let aLow = a & 0xffff; let bHigh = b >> 16; let bLow = b & 0xffff;
  let middle = aHigh * bLow + ((aLow * bLow) >> 16);
  let middle2 = aLow * bHigh + (middle & 0xffff);
  return aHigh * bHigh + (middle >> 16) + (middle2 >> 16);
}

fn philox(counter: vec4u, key: vec2u) -> vec4u {
  var c = counter;
  var k = key;
  for (var round = 0; round < 10; round++) {
    c = vec4u(
      mulHigh(0xcd9e8d57, c.z) ^ c.y ^ k.x, 0xcd9e8d57 * c.z,
      mulHigh(0xd2511f53, c.x) ^ c.w ^ k.y, 0xd2511f53 * c.x,
    );
    k += vec2u(0x9e3779b9, 0xbb67ae85);
  }
  return c;
}

// −ln(−ln u) for u in (0, 1), from the upper 24 bits.
fn gumbel(bits: u32) -> f32 {
  let u = (f32(bits >> 8) + 0.5) / 16777216.0;
  return -log(-log(u));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= rowRange.y) { return; }
  let row = live[id.x];
  let column = lastColumn[0] + 1;
  let to = row * K + column - HEAD;

  let first = id.x * VP;
  let greedy = settings.temperature == 0.0;
  let perTemperature = select(1.0 / settings.temperature, 1.0, greedy);
  var largest = -3.4e38;
  for (var v = 0u; v < V; v++) { largest = max(largest, logits[first + v] * perTemperature); }
  var total = 0.0;
  for (var v = 0u; v < V; v++) { total += exp(logits[first + v] * perTemperature - largest); }

  // The filters only ever cut off a lower part of the logits: what remains is z ≥ lowest.
  var lowest = -3.4e38;
  let filtered = !greedy && (settings.top_k > 0 || settings.top_p < 1.0 || settings.min_p > 0.0);
  if (filtered) {
    // Walk down the distinct values of z until a filter says stop; equal values stay together.
    var count = 0u;      // tokens with z ≥ value
    var mass = 0.0;      // their probability (of what top_k kept, for top_p and min_p)
    var kept = total;
    if (settings.top_k > 0 && settings.top_k < V) {
      var value = 3.4e38;
      loop {
        var below = -3.4e38;
        for (var v = 0u; v < V; v++) {
          let z = logits[first + v] * perTemperature;
          if (z < value) { below = max(below, z); }
        }
        value = below;
        for (var v = 0u; v < V; v++) {
          if (logits[first + v] * perTemperature == value) { count++; mass += exp(value - largest); }
        }
        if (count >= settings.top_k) { break; }
      }
      lowest = value;
      kept = mass;
    }
    if (settings.top_p < 1.0) {
      var value = 3.4e38;
      mass = 0.0;
      loop {
        var below = -3.4e38;
        for (var v = 0u; v < V; v++) {
          let z = logits[first + v] * perTemperature;
          if (z < value) { below = max(below, z); }
        }
        value = below;
        for (var v = 0u; v < V; v++) {
          if (logits[first + v] * perTemperature == value) { mass += exp(value - largest); }
        }
        if (mass >= settings.top_p * kept || value <= lowest) { break; }
      }
      lowest = max(lowest, value);
    }
    if (settings.min_p > 0.0) { lowest = max(lowest, largest + log(settings.min_p)); }
  }

  var best = -3.4e38;
  var token = 0u;
  for (var v = 0u; v < V; v += 4) {
    let noise = philox(
      vec4u(settings.generation, settings.firstRow + row, column - HEAD, v / 4),
      vec2u(settings.seed, settings.purpose),
    );
    for (var i = 0u; i < 4 && v + i < V; i++) {
      let z = logits[first + v + i] * perTemperature;
      let score = select(z + gumbel(noise[i]), z, greedy);
      if (z >= lowest && score > best) { best = score; token = v + i; }
    }
  }

  tokens[row * CAPACITY + column] = token;
  next[row] = token;
  logp[to] = logits[first + token] * perTemperature - largest - log(total);
  if (token == settings.eos) { ended[row] = 1; }
}
