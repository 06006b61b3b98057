import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright";

/** What axe finds serious or critical on a page, or in parts of it, one line each. */
export async function seriousViolations(
  page: Page,
  where: string,
  /** Selector of the parts; null: all of the page. */
  part: string | null = null,
  /** Names of axe's rules; null: all. */
  rules: string[] | null = null,
): Promise<string[]> {
  const axe = new AxeBuilder({ page }).setLegacyMode(); // no frames: one page is enough
  if (part !== null) axe.include(part);
  // To describe what passes would take as long as to look.
  axe.options({ resultTypes: ["violations"], ...(rules === null ? {} : { runOnly: rules }) });
  const { violations } = await axe.analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.slice(0, 3).map(({ html, target }) => `${where}: ${id} ${target.join(" ")} ${html}`),
    );
}
