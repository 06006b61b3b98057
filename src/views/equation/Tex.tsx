import { useEffect, useState } from "react";

type Render = (tex: string, display: boolean) => string;

let loaded: Render | null = null;

/**
 * Fetches the type setter, its style sheet and its faces before the first formula is asked for.
 * A style sheet with faces has all text of the page laid out again: better before a large batch.
 */
export function fetchTypeSetter(): void {
  import("./katex.ts").then(
    (module) => {
      loaded = module.renderTex;
      module.fetchFaces();
    },
    () => undefined,
  );
}

/** The type setter, fetched when the first formula is on the page at the latest. */
function useTypeSetter(): Render | null {
  const [render, setRender] = useState<Render | null>(() => loaded);
  useEffect(() => {
    if (loaded) return;
    let gone = false;
    // Where it cannot be fetched, the plain form stays.
    import("./katex.ts").then(
      (module) => {
        loaded = module.renderTex;
        if (!gone) setRender(() => module.renderTex);
      },
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, []);
  return render;
}

interface TexProps {
  tex: string;
  /** The same in plain characters, shown until the type setter is there. */
  plain: string;
  display?: boolean;
}

/** A formula. */
export function Tex({ tex, plain, display = false }: TexProps) {
  const render = useTypeSetter();
  if (!render) return <span className="eq-plain">{plain}</span>;
  // The markup is KaTeX's own, from formulas that are constants of this project.
  return <span className="eq-tex" dangerouslySetInnerHTML={{ __html: render(tex, display) }} />;
}
