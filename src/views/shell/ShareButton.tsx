import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { Button } from "../controls/Button.tsx";

// Nobody shares yet.
const ShareMenu = lazy(async () => ({ default: (await import("./ShareMenu.tsx")).ShareMenu }));

/** Opens what can be copied: a link to this configuration and view, or a frame for another page. */
export function ShareButton() {
  const [open, setOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const close = ({ target }: PointerEvent): void => {
      if (!(target instanceof Node && place.current?.contains(target))) setOpen(false);
    };
    document.addEventListener("pointerdown", close);
    return () => document.removeEventListener("pointerdown", close);
  }, [open]);
  return (
    <div
      className="share"
      ref={place}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        event.stopPropagation();
        setOpen(false);
        place.current?.querySelector("button")?.focus();
      }}
    >
      <Button kind="ghost" expanded={open} onPress={() => setOpen(!open)}>
        Share
      </Button>
      {open ? (
        <Suspense fallback={null}>
          <ShareMenu />
        </Suspense>
      ) : null}
    </div>
  );
}
