/** Stands in the place of what would tell the answer to a lesson’s open question. */
export const Covered = ({ what, className }: { what: string; className: string }) => (
  <p className={`card stage-covered ${className}`}>{what} with the lesson’s answer.</p>
);
