// The rows of a product that has a weight for each expert, put before linear.*.wgsl: the expert is the
// grid's z, and its rows lie one after the other.
//
// Shapes    ranges (EXPERTS): the rows of each expert, first and end; a grid is for the most there may be
//           weight, and its gradient, (EXPERTS, O, I): of each expert `weightStride` vec4s from the next
//           bias (EXPERTS, O): `biasStride`

const EXPERTS = 1u;

@group(0) @binding(5) var<uniform> ranges: array<vec4u, EXPERTS>;

fn rowsOf(expert: u32) -> vec2u { return ranges[expert].xy; }

fn weightsBefore(expert: u32) -> u32 { return expert * params.weightStride; }
fn biasesBefore(expert: u32) -> u32 { return expert * params.biasStride; }
