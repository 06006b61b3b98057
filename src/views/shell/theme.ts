import { useSyncExternalStore } from "react";
import { useView, type Theme } from "../../store/view/view.ts";

const systemDark = matchMedia("(prefers-color-scheme: dark)");

const inForce = (theme: Theme): "light" | "dark" =>
  theme === "system" ? (systemDark.matches ? "dark" : "light") : theme;

/** Puts the theme on the document, now and whenever the reader or the system changes it. */
export function applyTheme(): void {
  const apply = (): void => {
    document.documentElement.dataset.theme = inForce(useView.getState().theme);
  };
  apply();
  useView.subscribe(apply);
  systemDark.addEventListener("change", apply);
}

/** The theme on screen. */
export function useThemeInForce(): "light" | "dark" {
  const theme = useView((view) => view.theme);
  return useSyncExternalStore(
    (onChange) => {
      systemDark.addEventListener("change", onChange);
      return () => systemDark.removeEventListener("change", onChange);
    },
    () => inForce(theme),
  );
}
