import { useEffect } from "react";
import { experiments } from "../../experiments/registry.ts";
import { openExperiments } from "../../store/experiments/experiments.ts";
import { ExperimentCard } from "./ExperimentCard.tsx";
import "./experiments.css";

/** Claims about the methods, each with the runs that decide it. */
export function Experiments() {
  useEffect(openExperiments, []);
  return (
    <div className="experiments">
      <p>
        Claims, and what runs say of them. Each is run with several seeds. ± is the 95 % interval of
        the mean over seeds, <i>t</i>(0.975; <i>n</i> − 1) · <i>s</i> / √<i>n</i>; where two are
        compared, of the differences seed by seed. The verdict follows from the interval, and holds
        for these toys.
      </p>
      {experiments.map((experiment) => (
        <ExperimentCard key={experiment.id} experiment={experiment} />
      ))}
    </div>
  );
}
