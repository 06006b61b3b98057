// Token log-ratio: GRPO's ratio, one per token, and the divergence from the reference.
//
//   d[b,t] = logp − logpOld            0 when logpOld is logp
//   c[b,t] = exp(d)
//   k[b,t] = exp(u) − u − 1            u = logpRef − logp, the k3 estimate of KL(π ‖ π_ref)
//   ∂k/∂logp = 1 − exp(u)              k1: −u, 1     k2: u²/2, −u     held at ±klMost: 0
//
// Shapes    logp, logpOld, logpRef, samplingRatio, logRatio, tokenRatio (B, K)   mask (B, K) u32
//           term (B, K) vec4
// Dispatch  one thread per token: (⌈B·K / WORKGROUP⌉, 1, 1)
// Writes    0 where masked, whatever the inputs hold there

override WORKGROUP: u32 = 64;

@group(0) @binding(0) var<storage, read>       logp: array<f32>;
@group(0) @binding(1) var<storage, read>       logpOld: array<f32>;
@group(0) @binding(2) var<storage, read>       logpRef: array<f32>;
@group(0) @binding(3) var<storage, read>       samplingRatio: array<f32>;
@group(0) @binding(4) var<storage, read>       mask: array<u32>;
@group(0) @binding(5) var<storage, read_write> logRatio: array<f32>;
@group(0) @binding(6) var<storage, read_write> tokenRatio: array<f32>;
@group(0) @binding(7) var<storage, read_write> term: array<vec4f>;
@group(0) @binding(8) var<uniform>             settings: Settings;

// (k, ∂k/∂logp). Near u = 0 the exponential cancels against u + 1, so its series is summed instead.
fn divergence(u: f32) -> vec2f {
  let tail = 1.0 + u / 3.0 * (1.0 + u / 4.0 * (1.0 + u / 5.0 * (1.0 + u / 6.0 * (1.0 + u / 7.0 * (1.0 + u / 8.0)))));
  let near = 0.5 * u * u * tail;
  let far = exp(u) - 1.0;
  return select(vec2f(far - u, -far), vec2f(near, -(near + u)), abs(u) < 0.5);
}

fn estimate(u: f32) -> vec2f {
  var k = divergence(u);
  if (settings.klEstimator == K1) { k = vec2f(-u, 1.0); }
  if (settings.klEstimator == K2) { k = vec2f(0.5 * u * u, -u); }
  let most = settings.klMost;
  return select(k, vec2f(clamp(k.x, -most, most), 0.0), abs(k.x) > most);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= arrayLength(&logRatio)) { return; }
  if (mask[i] == 0u) {
    logRatio[i] = 0.0;
    tokenRatio[i] = 0.0;
    term[i] = vec4f();
    return;
  }
  let now = logp[i];
  let d = select(now - logpOld[i], 0.0, settings.onPolicy != 0u);
  let kl = select(vec2f(), estimate(logpRef[i] - now), settings.beta != 0.0);
  let weight = select(1.0, samplingRatio[i], settings.hasSamplingRatio != 0u && settings.rule != GAMMA);
  logRatio[i] = d;
  tokenRatio[i] = ratioOf(d);
  term[i] = vec4f(weight, kl, now);
}
