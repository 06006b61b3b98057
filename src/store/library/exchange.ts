import { create } from "zustand";

/** The two ways between this page and Python, and two configurations side by side. */
export type Exchange = "import" | "export" | "compare";

interface Exchanging {
  /** Which of them is open over the figures. */
  open: Exchange | null;
  /** The text that is compared. */
  text: string;
}

export const useExchange = create<Exchanging>(() => ({ open: null, text: "" }));

/** Compares a text with something else. */
export const openCompare = (text: string): void => useExchange.setState({ open: "compare", text });

export const toggleExchange = (which: Exchange): void =>
  useExchange.setState(({ open }) => ({ open: open === which ? null : which }));

export const closeExchange = (): void => useExchange.setState({ open: null });
