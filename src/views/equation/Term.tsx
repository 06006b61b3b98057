import type { ReactNode } from "react";
import { type Linked, setLinked, useView } from "../../store/view/view.ts";
import { pointsAt } from "./link.ts";
import { Tex } from "./Tex.tsx";

interface TermProps {
  tex: string;
  plain: string;
  /** Hangs under the symbol. */
  value: ReactNode;
  /** The side that is computed. */
  result?: boolean;
  /** Cells or rows that the symbol stands for: pointing at one marks the other. */
  link?: Linked;
}

/** A symbol with its number under it. */
export function Term({ tex, plain, value, result = false, link }: TermProps) {
  const marked = useView((view) => pointsAt(view.hover, link));
  const classes = ["eq-term", result && "eq-result", link && "eq-linked", marked && "eq-marked"];
  return (
    <span
      className={classes.filter(Boolean).join(" ")}
      onPointerEnter={link && (() => setLinked(link))}
      onPointerLeave={link && (() => setLinked(null))}
    >
      <Tex tex={tex} plain={plain} />
      <code>{value}</code>
    </span>
  );
}

/** An operator between terms. */
export const Op = ({ children }: { children: ReactNode }) => (
  <span className="eq-op">{children}</span>
);
