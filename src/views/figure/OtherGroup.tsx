/** The chosen prompt is hardly in this batch. */
export const OtherGroup = ({ whole }: { whole: boolean }) => (
  <p className="twin-badge">
    This step has fewer than two completions of the chosen prompt
    {whole ? ": the whole batch is shown." : ", so another is shown."}
  </p>
);
