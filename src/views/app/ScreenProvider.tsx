import { type ReactNode, startTransition, useEffect, useRef, useState } from "react";
import { useDisplay } from "../../store/screen/display.ts";
import { readScreen, ScreenContext } from "../../store/screen/screen.ts";
import { useRun } from "../../store/run/run-store.ts";
import { useView } from "../../store/view/view.ts";
import { BatchContext, useEditedBatch } from "../../store/screen/what-if.ts";

/**
 * Gives the page the step that is on screen. What the reader asks for comes at once, what training
 * brings is drawn in slices, so that the page stays quick; either way in one commit, so that all
 * parts of the page tell of the same step at any moment.
 */
export function ScreenProvider({ children }: { children: ReactNode }) {
  const [screen, setScreen] = useState(readScreen);
  const batch = useEditedBatch(screen);
  const newest = useRef(screen);
  useEffect(() => {
    let asked = useView.getState();
    const follow = (): void => {
      const next = readScreen(newest.current);
      const view = useView.getState();
      // Nor is the first step of all held up.
      const atOnce =
        view.step !== asked.step || view.arm !== asked.arm || newest.current.record === null;
      asked = view;
      if (next === newest.current) return;
      newest.current = next;
      if (atOnce) setScreen(next);
      else startTransition(() => setScreen(next));
    };
    follow();
    const stops = [useView, useRun, useDisplay].map((store) => store.subscribe(follow));
    return () => stops.forEach((stop) => stop());
  }, []);
  return (
    <ScreenContext value={screen}>
      <BatchContext value={batch}>{children}</BatchContext>
    </ScreenContext>
  );
}
