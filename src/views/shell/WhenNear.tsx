import { type ReactNode, useEffect, useRef, useState } from "react";
import { firstUse } from "../../store/page/first-use.ts";

interface WhenNearProps {
  /** Of the reserved place, until then. */
  className: string;
  children: ReactNode;
}

/**
 * What lies below the fold, and its scripts: drawn when it comes near the window, or when somebody
 * uses the page.
 */
export function WhenNear({ className, children }: WhenNearProps) {
  const place = useRef<HTMLDivElement>(null);
  const [needed, setNeeded] = useState(false);
  useEffect(() => {
    const show = (): void => setNeeded(true);
    const observer = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) show();
    });
    if (place.current !== null) observer.observe(place.current);
    void firstUse.then(show);
    return () => observer.disconnect();
  }, []);
  return needed ? children : <div ref={place} className={className} aria-busy="true" />;
}
