import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright";

/** What axe finds serious or critical on a page, or in a part of it, one line each. */
export async function seriousViolations(
  page: Page,
  where: string,
  part: string | null = null,
): Promise<string[]> {
  const axe = new AxeBuilder({ page }).setLegacyMode(); // no frames: one page is enough
  const { violations } = await (part === null ? axe : axe.include(part)).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.slice(0, 3).map(({ html, target }) => `${where}: ${id} ${target.join(" ")} ${html}`),
    );
}
