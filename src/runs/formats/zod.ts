import { z } from "zod";

// As in src/config/zod.ts. The readers of files have the whole of zod, for its messages; they lie in a
// worker that the first file starts.
z.config({ jitless: true });

export { z };
