// Pictures cut into patches, so that a convolution whose stride is its width is a product.
//
//   rows[m,n,i] = pixels[m,h,y,x]          patch n, its i-th number: channel h, row by row
//
// Shapes    pixels (M, CHANNELS, SIZE, SIZE)   rows (M, GRID², 4·I4); columns from CHANNELS · PATCH² on are 0
// Dispatch  one invocation per vec4 of rows: (I4 / WX, M · GRID² / WY, 1)
// Writes    rows

override COUNT: u32;     // M · GRID²
override CHANNELS: u32;
override SIZE: u32;      // of a picture, along either side
override PATCH: u32;
override GRID: u32;      // patches along either side
override I4: u32;        // numbers of a patch / 4, rounded up
override WX: u32 = 8;
override WY: u32 = 8;

@group(0) @binding(0) var<storage, read>       pixels: array<f32>;
@group(0) @binding(1) var<storage, read_write> rows: array<vec4f>;

/** The i-th number of a patch. */
fn numberOf(patch_: u32, i: u32) -> f32 {
  let area = PATCH * PATCH;
  if (i >= CHANNELS * area) { return 0; }
  let picture = patch_ / (GRID * GRID);
  let n = patch_ % (GRID * GRID);
  let y = n / GRID * PATCH + i % area / PATCH;
  let x = n % GRID * PATCH + i % PATCH;
  return pixels[((picture * CHANNELS + i / area) * SIZE + y) * SIZE + x];
}

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= I4 || id.y >= COUNT) { return; }
  let i = 4 * id.x;
  rows[id.y * I4 + id.x] = vec4f(
    numberOf(id.y, i), numberOf(id.y, i + 1), numberOf(id.y, i + 2), numberOf(id.y, i + 3));
}
