// Moves the decoder on to the next column.
//
// Shapes    position (1)
// Dispatch  (1, 1, 1)
// Writes    position + 1

@group(0) @binding(0) var<storage, read_write> position: array<u32>;

@compute @workgroup_size(1)
fn main() {
  position[0] += 1;
}
