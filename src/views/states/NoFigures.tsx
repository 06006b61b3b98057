import "./states.css";

/** In the figures' place where a run that is looked at has no tokens to draw. */
export const NoFigures = ({ texts }: { texts: boolean }) => (
  <section className="card no-figures" aria-label="No figures">
    <p role="status">
      <b>There are no figures of this run.</b> They need the log-probability of every token, and it
      has {texts ? "completions as texts" : "metrics"} only: what there is stands below. The trainer
      in docs/file-formats.md logs what the figures need.
    </p>
  </section>
);
