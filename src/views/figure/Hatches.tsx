/** The three hatches, with one geometry in figures, legends and histograms. */
export function Hatches({ id }: { id: string }) {
  return (
    <defs>
      <pattern
        id={`${id}-clip`}
        width="5"
        height="5"
        patternUnits="userSpaceOnUse"
        patternTransform="rotate(45)"
      >
        <line className="hatch-clip" x1="0" y1="0" x2="0" y2="5" />
      </pattern>
      <pattern id={`${id}-pad`} width="5" height="5" patternUnits="userSpaceOnUse">
        <circle className="hatch-pad" cx="2.5" cy="2.5" r="0.9" />
      </pattern>
      <pattern id={`${id}-mask`} width="4" height="4" patternUnits="userSpaceOnUse">
        <line className="hatch-mask" x1="2" y1="0" x2="2" y2="4" />
      </pattern>
    </defs>
  );
}
