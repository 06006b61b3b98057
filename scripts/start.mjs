// `npm start`: serves the app. PORT chooses the port.
import { refuse, root, setUp } from "./setup.mjs";

setUp();
const { createServer } = await import("vite");

const wanted = process.env.PORT;
const port = Number(wanted ?? 5173);
if (!Number.isInteger(port) || port < 1 || port > 65535) {
  refuse(`PORT is ${wanted}; it has to be a whole number from 1 to 65535.`);
}

const server = await createServer({ root, server: { port, strictPort: wanted !== undefined } });
try {
  await server.listen();
} catch (error) {
  const taken = error instanceof Error && error.message.includes("already in use");
  if (!taken) throw error;
  refuse(`Port ${port} is in use: set PORT to another one.`);
}
const [url] = server.resolvedUrls?.local ?? [];
console.log(`Ratioscope is at ${url}`);
console.log(
  "If the page finds no WebGPU: open it in Chrome or Edge 133 or later; without a GPU, start Chrome with --enable-unsafe-webgpu.",
);
