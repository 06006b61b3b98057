// Where the tokens of a sequence lie in a packed batch, put before the kernels that need to know.
// Padding is left out. The scored tokens of all sequences come first, sequence by sequence; then the
// others.

struct SequenceSpan {
  first: u32,    // packed index of its first token that is not scored
  lead: u32,     // how many these are: they come first in the sequence
  scored: u32,   // packed index of its first token that is
  count: u32,    // tokens in all
  skipped: u32,  // scored columns before its first token
}

const NONE = 0xffffffffu;

/** Index of the sequence's t-th token in the packed batch. */
fn packedIndex(span: SequenceSpan, t: u32) -> u32 {
  return select(span.scored + t - span.lead, span.first + t, t < span.lead);
}

/** The same of the token in a scored column; NONE where the sequence has none there. */
fn scoredIndex(span: SequenceSpan, column: u32) -> u32 {
  if (column < span.skipped || column - span.skipped >= span.count - span.lead) { return NONE; }
  return span.scored + column - span.skipped;
}
