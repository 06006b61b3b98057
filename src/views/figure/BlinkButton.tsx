interface BlinkButtonProps {
  /** Figure 4 is in Figure 3's place. */
  swapped: boolean;
  onSwapped(swapped: boolean): void;
}

/** Puts one figure in the other's place. */
export const BlinkButton = ({ swapped, onSwapped }: BlinkButtonProps) => (
  <button
    type="button"
    className="twin-blink"
    aria-pressed={swapped}
    onClick={() => onSwapped(!swapped)}
  >
    {swapped ? "Figure 4 is shown" : "Figure 3 is shown"}: press, or hold <kbd>T</kbd>, for the
    other
  </button>
);
