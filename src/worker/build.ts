import { version } from "../../package.json";

/** Version of the page, with the commit that it was built from where that is known. */
export const build = [version, import.meta.env.VITE_COMMIT].filter(Boolean).join("+");
