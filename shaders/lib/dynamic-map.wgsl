// The search in bitsandbytes' dynamic maps, shared by the kernels that quantise: its text goes
// before theirs. They bind `maps`: 256 ascending values for signed numbers, then 256 for unsigned.

const SIGNED = 0u;
const UNSIGNED = 256u;

// Code of the entry nearest to x in [−1, 1]. Halves the map around 127; of the two entries then
// left around x, the midpoint decides. At a midpoint itself the side the search came from wins.
fn nearestCode(map: u32, x: f32) -> u32 {
  var pivot = 127u;
  var below = 0u;
  var above = 255u;
  for (var width = 64u; width > 0u; width /= 2u) {
    if (x > maps[map + pivot]) {
      below = pivot;
      pivot += width;
    } else {
      above = pivot;
      pivot -= width;
    }
  }
  let value = maps[map + pivot];
  if (x > value) {
    return select(pivot, above, x > (maps[map + above] + value) * 0.5);
  }
  return select(pivot, below, x < (maps[map + below] + value) * 0.5);
}
