import { type ReactNode, useEffect, useRef, useState } from "react";
import { useRun } from "../../store/run/run-store.ts";
import { describePicture, drawn, type DrawnPicture } from "../../analysis/prompt-picture.ts";
import { placeTip } from "./place-tip.ts";
import "./prompt-picture.css";

/** A picture as small as a line allows; under the pointer large, with the tower's patches. */
export function PromptPicture({ picture }: { picture: string }) {
  const [open, setOpen] = useState(false);
  const place = useRef<HTMLSpanElement>(null);
  const tip = useRef<HTMLSpanElement>(null);
  const says = useDescription(picture);
  const patch = useRun(({ run }) => run?.policy.vision?.patchSize ?? null);
  const { size, areas } = drawn(picture);
  useEffect(() => {
    if (!open || !tip.current || !place.current) return;
    tip.current.showPopover();
    placeTip(tip.current, place.current.getBoundingClientRect());
  }, [open]);
  return (
    <span
      ref={place}
      className="prompt-picture"
      role="img"
      aria-label={says === null ? "picture" : `picture: ${says}`}
      onPointerEnter={() => setOpen(true)}
      onPointerLeave={() => setOpen(false)}
    >
      <Drawn size={size} areas={areas} />
      {open && (
        <span ref={tip} popover="manual" className="prompt-picture-tip" aria-hidden="true">
          <Drawn size={size} areas={areas} patch={patch} />
          <small>
            {says}
            {patch === null
              ? null
              : ` · ${size} × ${size} pixels in patches of ${patch} × ${patch}`}
          </small>
        </span>
      )}
    </span>
  );
}

interface DrawnProps extends DrawnPicture {
  /** Pixels along each side of a patch, whose edges are drawn; none are when left out. */
  patch?: number | null;
  /** Lies on the pixels, under the edges. */
  children?: ReactNode;
}

/** The picture's pixels on their background, in either theme: they are what the policy sees. */
export function Drawn({ size, areas, patch = null, children }: DrawnProps) {
  const edges =
    patch === null
      ? []
      : Array.from({ length: Math.ceil(size / patch) - 1 }, (_, i) => (i + 1) * patch);
  return (
    <svg viewBox={`0 0 ${size} ${size}`} shapeRendering="crispEdges" aria-hidden="true">
      <rect width={size} height={size} />
      {areas.map(({ colour, pixels }) => (
        <path
          key={colour}
          fill={colour}
          d={pixels.map(({ x, y }) => `M${x} ${y}h1v1h-1z`).join("")}
        />
      ))}
      {children}
      {edges.map((at) => (
        <path
          key={at}
          className="prompt-picture-edge"
          d={`M${at} 0V${size}M0 ${at}H${size}`}
          vectorEffect="non-scaling-stroke"
        />
      ))}
    </svg>
  );
}

/** The picture in words, as soon as what reads the task's pictures is there; null before. */
function useDescription(picture: string): string | null {
  const task = useRun(({ run }) => run?.task ?? null);
  const [says, setSays] = useState<string | null>(null);
  useEffect(() => {
    let gone = false;
    if (task !== null) {
      void describePicture(task, picture).then((words) => {
        if (!gone) setSays(words);
      });
    }
    return () => {
      gone = true;
    };
  }, [task, picture]);
  return says;
}
