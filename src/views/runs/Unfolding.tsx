import { expandRun } from "../../store/library/runs.ts";
import { Button } from "../controls/Button.tsx";

/** Opens what there is to know and to do below a line; `id` is what the store knows it by. */
export const Unfolding = ({ id, name, open }: { id: string; name: string; open: boolean }) => (
  <td className="runs-more">
    <Button
      kind="ghost"
      shape="small icon"
      label={`More about ${name}`}
      expanded={open}
      onPress={() => expandRun(open ? null : id)}
    >
      <i className={open ? "caret up" : "caret"} aria-hidden="true" />
    </Button>
  </td>
);
