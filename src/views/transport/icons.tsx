const shape = { width: 12, height: 12, viewBox: "0 0 12 12", fill: "currentColor" } as const;

export const PlayIcon = () => (
  <svg {...shape} aria-hidden="true">
    <path d="M2.5 1v10l8-5z" />
  </svg>
);

export const PauseIcon = () => (
  <svg {...shape} aria-hidden="true">
    <path d="M2 1h3v10H2zM7 1h3v10H7z" />
  </svg>
);

export const ResetIcon = () => (
  <svg {...shape} aria-hidden="true">
    <path d="M1 1h2v10H1zM11 1v10L4 6z" />
  </svg>
);
