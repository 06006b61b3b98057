// The rows of a product that has one weight for all of them, put before linear.*.wgsl.
//
// Shapes    rowRange: the rows that there are, first and end; a grid is for the most there may be

@group(0) @binding(5) var<uniform> rowRange: vec2u;

fn rowsOf(expert: u32) -> vec2u { return rowRange; }

/** vec4s of weights, and of biases, that come before the expert's. */
fn weightsBefore(expert: u32) -> u32 { return 0; }
fn biasesBefore(expert: u32) -> u32 { return 0; }
