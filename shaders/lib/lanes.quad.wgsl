enable subgroups;
diagnostic(off, subgroup_uniformity); // what four neighbours branch on is the same for all of them

// Four neighbours along x share what they load: each lane loads one row in four and hands it round.
// The lane's own value comes first, then that of lane ^ 1, lane ^ 2 and lane ^ 3: a swap costs a
// single shuffle, a broadcast five instructions.

const LANES = 4u;

fn exchanged(value: vec4f) -> array<vec4f, LANES> {
  return array(value, quadSwapX(value), quadSwapY(value), quadSwapDiagonal(value));
}
