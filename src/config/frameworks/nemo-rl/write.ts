import { comments, treeOf, yamlTree } from "../notation.ts";
import type { Page } from "../targets.ts";

/** A recipe over NeMo RL's own example: what it leaves out is that one's. */
export function nemoYaml({ settings, says }: Page): string {
  const tree = treeOf({ ...settings, "policy.model_name": "path/to/model" });
  return `${comments(says)}\
# Put it into examples/configs of NeMo RL, with your own model and data, then:
# uv run python examples/run_grpo.py --config examples/configs/NAME_OF_THIS_FILE.yaml
# The data and the environment that rewards are those of grpo_math_1B.yaml: set data and env to yours.
defaults: grpo_math_1B.yaml
${yamlTree(tree)}
`;
}
