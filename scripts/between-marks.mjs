// Parts of a Markdown document that a script writes: they stand between two comments.

/**
 * The document with `text` between `<!-- name -->` and `<!-- end of name -->`, in the place of what was
 * there. Throws where the comments are missing.
 * @param {string} document
 * @param {string} name
 * @param {string} text
 */
export function betweenMarks(document, name, text) {
  const [open, close] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [from, to] = [document.indexOf(open), document.indexOf(close)];
  if (from < 0 || to < from) throw new Error(`There is no ${open} … ${close} to write into.`);
  return `${document.slice(0, from + open.length)}\n\n${text}\n\n${document.slice(to)}`;
}
