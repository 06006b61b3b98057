import type { RoutedRecord } from "../../analysis/flips.ts";
import { tokenRoutes } from "../../analysis/routes.ts";
import { ExpertChip } from "./ExpertMark.tsx";

/** As many layers stand beside a cell; the equation has all. */
const MOST_LAYERS = 6;

/** In the tooltip of a cell: its experts, then and now. */
export function TipRoutes({ record, index }: { record: RoutedRecord; index: number }) {
  if (!record.mask[index]) return null;
  const routes = tokenRoutes(record, index);
  const shown = routes.slice(0, MOST_LAYERS);
  return (
    <dl className="experts-tip">
      {shown.map(({ layer, now, old, flipped }) => (
        <div key={layer}>
          <dt>layer {layer}</dt>
          <dd>
            {flipped && (
              <>
                {old.map(({ expert }) => (
                  <ExpertChip key={expert} expert={expert} />
                ))}{" "}
                →{" "}
              </>
            )}
            {now.map(({ expert, alone }) => (
              <ExpertChip key={expert} expert={expert} outlined={alone} />
            ))}
          </dd>
        </div>
      ))}
      {routes.length > shown.length && (
        <div>
          <dt>{routes.length - shown.length} more layers</dt>
        </div>
      )}
    </dl>
  );
}
