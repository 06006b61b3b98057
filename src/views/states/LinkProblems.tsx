import { forgetLinkProblems, linkOf, useLink } from "../../store/page/link.ts";
import { Button } from "../controls/Button.tsx";
import { plural } from "../../analysis/format.ts";
import "./states.css";

/** What a link held that could not be used as it stands. The rest of it is in force. */
export function LinkProblems() {
  const problems = useLink((link) => link.problems);
  if (problems.length === 0) return null;
  const clean = (): void => {
    const link = linkOf();
    if (link !== null) history.replaceState(null, "", link);
    forgetLinkProblems();
  };
  return (
    <section className="card state-card" aria-label="The link">
      <h2>The link was read, with {plural(problems.length, "setting")} left out</h2>
      <div className="state-scroll" tabIndex={0} role="group" aria-label="Settings left out">
        <table className="state-table">
          <thead>
            <tr>
              <th scope="col">setting</th>
              <th scope="col">in the link</th>
              <th scope="col">used</th>
              <th scope="col">why</th>
            </tr>
          </thead>
          <tbody>
            {problems.map(({ key, value, used, why, nearest }, index) => (
              <tr key={`${index} ${key}`}>
                <td>
                  <code>{key}</code>
                </td>
                <td>
                  <code>{value}</code>
                </td>
                <td>
                  <code>{used === "" ? "–" : used}</code>
                </td>
                <td>
                  {why}
                  {nearest === undefined ? null : (
                    <>
                      {" "}
                      The nearest name is <code>{nearest}</code>.
                    </>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="actions">
        <Button onPress={forgetLinkProblems}>Go on with what was read</Button>
        <Button kind="ghost" onPress={clean}>
          Put a clean link in the address bar
        </Button>
      </div>
    </section>
  );
}
