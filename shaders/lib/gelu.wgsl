// GELU, and the quick one that CLIP has, put before gelu.*.wgsl.
//
//   gelu(x)  = x · Φ(x)            Φ(x) = (1 + erf(x / √2)) / 2
//   quick(x) = x · σ(1.702 · x)

override QUICK: u32;  // 1: the quick one

const STEEPNESS = 1.702;

/** σ(1.702 · x); exp must not overflow, for WGSL leaves infinity undefined. */
fn sigmoid(x: vec4f) -> vec4f {
  return 1 / (1 + exp(min(-STEEPNESS * x, vec4f(80))));
}

/**
 * The error function, to 1.4e-7: up to 1 a polynomial in x² times x, beyond it 1 − exp(−x²) · t · q(t),
 * t = 1 / (1 + |x| / 2). Both polynomials are fits at Chebyshev nodes.
 */
fn erf(x: vec4f) -> vec4f {
  let a = abs(x);
  let s = a * a;
  var near = vec4f(7.88249363e-5);
  near = near * s - 8.01885386e-4;
  near = near * s + 5.1893118e-3;
  near = near * s - 2.68543287e-2;
  near = near * s + 0.112835975;
  near = near * s - 0.376126269;
  near = near * s + 1.12837917;
  let t = 1 / (1 + 0.5 * a);
  var far = vec4f(9.0219472e-2);
  far = far * t - 0.216361739;
  far = far * t + 6.99466395e-2;
  far = far * t + 6.95468034e-2;
  far = far * t + 0.175385195;
  far = far * t + 0.247747568;
  far = far * t + 0.28194245;
  far = far * t + 0.282103388;
  // Beyond 9 the rest is 0 in f32.
  far = 1 - exp(-min(s, vec4f(80))) * t * far;
  return sign(x) * select(far, a * near, a < vec4f(1));
}

/** Φ, the normal distribution. */
fn normal(x: vec4f) -> vec4f {
  return 0.5 * (1 + erf(x * 0.70710678));
}
