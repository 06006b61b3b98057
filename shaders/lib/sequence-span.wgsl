// Where the tokens of a sequence lie in a packed batch, put before the kernels that need to know.
// Padding is left out. The scored tokens of all sequences come first, sequence by sequence; then the
// others: of each sequence those before the scored ones, and its tail.

struct SequenceSpan {
  first: u32,    // packed index of its first token that is not scored
  lead: u32,     // how many these are: they come first in the sequence
  scored: u32,   // packed index of its first token that is
  count: u32,    // tokens in all
  skipped: u32,  // scored columns before its first token
  tail: u32,     // tokens after its last scored one
}

const NONE = 0xffffffffu;
const TAIL = 0u;  // 1: sequences have tails

/** Index of the sequence's t-th token in the packed batch. */
fn packedIndex(span: SequenceSpan, t: u32) -> u32 {
  var scored = span.scored + t - span.lead;
  for (var n = 0u; n < TAIL; n++) {
    let behind = span.count - span.tail;
    if (t >= behind) { scored = span.first + span.lead + t - behind; }
  }
  return select(scored, span.first + t, t < span.lead);
}

/** The same of the token in a scored column; NONE where the sequence has none there. */
fn scoredIndex(span: SequenceSpan, column: u32) -> u32 {
  if (column < span.skipped || column - span.skipped >= span.count - span.lead - span.tail) { return NONE; }
  return span.scored + column - span.skipped;
}
