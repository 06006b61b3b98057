import * as z from "zod/mini";

// Zod would compile schemas with `new Function`, which the page's Content-Security-Policy forbids.
z.config({ jitless: true });

export { z };
