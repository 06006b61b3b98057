import * as format from "../../analysis/format.ts";
import type { Look } from "../../analysis/picture-attention.ts";
import { drawn } from "../../analysis/prompt-picture.ts";
import { Drawn } from "../controls/PromptPicture.tsx";
import { useRun } from "../../store/run/run-store.ts";

/** How much white lies over the patch that has most: what is drawn there stays to be seen. */
const MOST_WHITE = 0.72;
const STEPS = 6;

/** The picture with its patches, each as white as its share of the attention; and what white stands for. */
export function LookPicture({ picture, look }: { picture: string; look: Look }) {
  const patch = useRun(({ run }) => run?.policy.vision?.patchSize ?? null);
  const { size, areas } = drawn(picture);
  const { side, patches } = look;
  const most = Math.max(...patches);
  const width = patch ?? size / side;
  const white = (value: number): number => (most === 0 ? 0 : (MOST_WHITE * value) / most);
  return (
    <div className="look-picture">
      <Drawn size={size} areas={areas} patch={patch}>
        {patches.map((value, at) => (
          <rect
            key={at}
            x={(at % side) * width}
            y={Math.floor(at / side) * width}
            width={width}
            height={width}
            fill="rgb(255 255 255)"
            fillOpacity={white(value)}
          />
        ))}
      </Drawn>
      <div className="look-scale">
        <small>{format.percent(0)}</small>
        <svg viewBox={`0 0 ${STEPS} 1`} preserveAspectRatio="none" aria-hidden="true">
          <rect width={STEPS} height={1} fill="rgb(0 0 0)" />
          {Array.from({ length: STEPS }, (_, step) => (
            <rect
              key={step}
              x={step}
              width={1}
              height={1}
              fill="rgb(255 255 255)"
              fillOpacity={(MOST_WHITE * step) / (STEPS - 1)}
            />
          ))}
        </svg>
        <small>{format.percent(most)}</small>
      </div>
    </div>
  );
}
