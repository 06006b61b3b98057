/** How far below another run a line stands. */
export const Indent = ({ depth }: { depth: number }) =>
  depth === 0 ? null : (
    <span className="runs-indent" style={{ width: `${12 * depth}px` }} aria-hidden="true">
      ↳
    </span>
  );
