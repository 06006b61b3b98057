import type { ReactNode } from "react";
import { Tex } from "./Tex.tsx";

interface TermProps {
  tex: string;
  plain: string;
  /** Hangs under the symbol. */
  value: ReactNode;
  /** The side that is computed. */
  result?: boolean;
}

/** A symbol with its number under it. */
export function Term({ tex, plain, value, result = false }: TermProps) {
  return (
    <span className={result ? "eq-term eq-result" : "eq-term"}>
      <Tex tex={tex} plain={plain} />
      <code>{value}</code>
    </span>
  );
}

/** An operator between terms. */
export const Op = ({ children }: { children: ReactNode }) => (
  <span className="eq-op">{children}</span>
);
