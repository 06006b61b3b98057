import { create } from "zustand";

/** The two ways between this page and Python. */
export type Exchange = "import" | "export";

/** Which of them is open over the figures. */
export const useExchange = create<{ open: Exchange | null }>(() => ({ open: null }));

export const toggleExchange = (which: Exchange): void =>
  useExchange.setState(({ open }) => ({ open: open === which ? null : which }));

export const closeExchange = (): void => useExchange.setState({ open: null });
