/**
 * A comment within a continued command ends it for the shell, which its writer seldom means: the
 * comment becomes a continued line, every place stays where it is, and a note says so.
 */
export function mendContinued(source: string): { text: string; notes: string[] } {
  const lines = source.split("\n");
  const notes: string[] = [];
  const goesOn = (i: number) =>
    /^\s*(?:--?[A-Za-z]|[+~]{0,2}[A-Za-z_][\w./-]*=|"?\$\{?\w+(?:\[[@*]\])?\}?"?)/.test(
      lines[i] ?? "",
    ) && !/^\s*[A-Za-z_]\w*=/.test(lines[i] ?? "");
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? "";
    // A sign after the backslash, be it a space, takes its meaning from it.
    const [, kept, rest] = /^(.*\S|)[ \t]\\([ \t]+(?:#.*)?)$/.exec(line) ?? [];
    if (kept !== undefined && rest !== undefined && goesOn(i + 1) && !kept.includes("#")) {
      lines[i] = `${line.slice(0, line.length - rest.length - 1)}${" ".repeat(rest.length)}\\`;
      notes.push(
        `Line ${i + 1}: nothing may stand behind the backslash, not even a space: for the shell the command ends there. It is read as if it went on.`,
      );
    }
    if (!/(?:^|[^\\])\\$/.test(lines[i] ?? "")) continue;
    let next = i + 1;
    while (/^\s*#/.test(lines[next] ?? "")) next++;
    if (next === i + 1 || !goesOn(next)) continue;
    for (let k = i + 1; k < next; k++) lines[k] = `${" ".repeat((lines[k] ?? "").length - 1)}\\`;
    notes.push(
      `Line ${i + 2}: for the shell the comment there ends the command, and what follows is not handed to it. It is read as if the comment were not there.`,
    );
  }
  return { text: lines.join("\n"), notes };
}
