// Where the tokens of a row lie among the places of a packed batch, put before the kernels that need
// to know. Padding has no place. The scored tokens of all rows come first, row by row; then the others.

struct Row {
  first: u32,    // where its places begin that are not scored
  lead: u32,     // how many these are: they come first in the row
  scored: u32,   // where those begin that are
  count: u32,    // places in all
  skipped: u32,  // scored columns before its first token
}

const NONE = 0xffffffffu;

/** Place of the row's t-th token. */
fn placeOf(row: Row, t: u32) -> u32 {
  return select(row.scored + t - row.lead, row.first + t, t < row.lead);
}

/** Place of the token in a scored column; NONE where the row has none there. */
fn scoredPlace(row: Row, column: u32) -> u32 {
  if (column < row.skipped || column - row.skipped >= row.count - row.lead) { return NONE; }
  return row.scored + column - row.skipped;
}
