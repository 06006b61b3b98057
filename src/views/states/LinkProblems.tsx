import { forgetLinkProblems, useLink } from "../../store/link.ts";
import { Button } from "../controls/Button.tsx";
import { plural } from "../format.ts";

/** What a link held that could not be used. The rest of it is in force. */
export function LinkProblems() {
  const problems = useLink((link) => link.problems);
  if (problems.length === 0) return null;
  return (
    <section className="finding" aria-label="The link" role="status">
      <b>The link was read, with {plural(problems.length, "setting")} left out.</b>
      <ul>
        {problems.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
      <div className="actions">
        <Button shape="small" onPress={forgetLinkProblems}>
          Go on without
        </Button>
      </div>
    </section>
  );
}
