// Pictures cut into patches, backward into the pixels.
//
//   dpixels[m,h,y,x] = drows[m,n,i]          where patches.forward puts it; 0 where no patch has it
//
// Shapes    drows (M, GRID², 4·I4)   dpixels (M, CHANNELS, SIZE, SIZE)
// Dispatch  one invocation per pixel and channel: (M · CHANNELS · SIZE² / WORKGROUP, 1, 1)
// Writes    dpixels (not accumulated)

override COUNT: u32;     // M · CHANNELS · SIZE²
override CHANNELS: u32;
override SIZE: u32;      // of a picture, along either side
override PATCH: u32;
override GRID: u32;      // patches along either side
override I4: u32;        // numbers of a patch / 4, rounded up
override WORKGROUP: u32 = 64;

@group(0) @binding(0) var<storage, read>       drows: array<f32>;
@group(0) @binding(1) var<storage, read_write> dpixels: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= COUNT) { return; }
  let x = id.x % SIZE;
  let y = id.x / SIZE % SIZE;
  let channel = id.x / (SIZE * SIZE) % CHANNELS;
  let picture = id.x / (SIZE * SIZE * CHANNELS);
  var value = 0.0;
  if (x < GRID * PATCH && y < GRID * PATCH) {
    let row = (picture * GRID + y / PATCH) * GRID + x / PATCH;
    value = drows[row * 4 * I4 + (channel * PATCH + y % PATCH) * PATCH + x % PATCH];
  }
  dpixels[id.x] = value;
}
