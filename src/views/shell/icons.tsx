/** Ratios above and below one. */
export const Brand = () => (
  <svg width="20" height="20" viewBox="0 0 20 20" fill="currentColor" aria-hidden="true">
    <path d="M1 9h18v2H1zM3 11h3v4H3zM8 3h3v6H8zM13 11h3v2.5h-3zM13 5h3v4h-3z" />
  </svg>
);

const stroke = {
  width: 15,
  height: 15,
  viewBox: "0 0 16 16",
  fill: "none",
  stroke: "currentColor",
  strokeWidth: 1.5,
  strokeLinecap: "round",
} as const;

export const SunIcon = () => (
  <svg {...stroke} aria-hidden="true">
    <circle cx="8" cy="8" r="3" />
    <path d="M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1" />
  </svg>
);

export const MoonIcon = () => (
  <svg {...stroke} aria-hidden="true">
    <path d="M13.5 9.6A6 6 0 1 1 6.4 2.5a4.8 4.8 0 0 0 7.1 7.1z" />
  </svg>
);

export const CloseIcon = () => (
  <svg {...stroke} width={11} height={11} aria-hidden="true">
    <path d="M3 3l10 10M13 3L3 13" />
  </svg>
);

/** Arrows outwards, or inwards for what is large already. */
export const SizeIcon = ({ smaller }: { smaller: boolean }) => (
  <svg {...stroke} width={11} height={11} aria-hidden="true">
    {smaller ? (
      <path d="M13.5 2.5l-4 4M9.5 3v3.5H13M2.5 13.5l4-4M6.5 13V9.5H3" />
    ) : (
      <path d="M9.5 6.5l4-4M10 2.5h3.5V6M6.5 9.5l-4 4M6 13.5H2.5V10" />
    )}
  </svg>
);
