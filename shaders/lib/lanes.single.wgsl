// Every invocation loads for itself.

const LANES = 1u;

fn exchanged(value: vec4f) -> array<vec4f, LANES> {
  return array(value);
}
