const PIECE = /"(?:\\.|[^"\\\n])*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
const TRAILING = /"(?:\\.|[^"\\\n])*"|,(?=\s*[}\]])/g;

/**
 * JSON with comments and commas at the end of lists, as editors have it, as plain JSON in which every
 * place is where it was.
 */
export function withoutJsonComments(text: string): string {
  const blank = (piece: string) => (piece.startsWith('"') ? piece : piece.replace(/[^\n]/g, " "));
  return text.replace(PIECE, blank).replace(TRAILING, blank);
}
