import { Word } from "../controls/Word.tsx";
import * as format from "../../analysis/format.ts";

/**
 * Whether the batch was sampled by the very weights that it trains, and how far the figures lie
 * apart. Always there, so that nothing moves when a step follows another.
 */
export function PolicyBadge({ onPolicy, difference }: { onPolicy: boolean; difference: number }) {
  return (
    <p className={onPolicy ? "twin-badge" : "twin-badge twin-badge-apart"}>
      {onPolicy ? (
        // One line, over the rows' names: what is identical has no largest difference.
        <b>on-policy: figures identical</b>
      ) : (
        <>
          <span>
            <Word id="on-policy">off-policy</Word>
            {difference === 0 ? ": figures agree" : ""}
          </span>
          {difference > 0 && (
            <code>
              <Word id="difference">max |Δ|</Word> = {differenceText(difference)}
            </code>
          )}
        </>
      )}
    </p>
  );
}

const differenceText = (difference: number): string =>
  difference < 1e-3 ? format.scientific(difference) : format.fixed(difference, 3);
