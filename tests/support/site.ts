import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Address of the built site, ending in a slash. */
    siteUrl: string;
  }
}

const root = fileURLToPath(new URL("../..", import.meta.url));
const dist = join(root, "dist");

// Not at the server's root: the site has to work from any sub-path.
const base = "/some/sub-path/";

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".webp": "image/webp",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
};

/** As `npm run build` does: Vitest's own NODE_ENV would pack React's development build. */
async function buildSite(): Promise<void> {
  const { NODE_ENV } = process.env;
  process.env.NODE_ENV = "production";
  await build({ root, logLevel: "error" });
  process.env.NODE_ENV = NODE_ENV;
}

/** Serves a folder at an address that ends in a slash, until it is closed. */
export async function serveFolder(
  folder: string,
): Promise<{ address: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://site");
    const path = normalize(decodeURIComponent(pathname.slice(base.length))) || "index.html";
    const file = join(folder, path === "." ? "index.html" : path);
    const found =
      pathname.startsWith(base) &&
      file.startsWith(folder) &&
      existsSync(file) &&
      statSync(file).isFile();
    if (!found) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader("content-type", types[extname(file)] ?? "application/octet-stream");
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    address: `http://127.0.0.1:${address.port}${base}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Builds the site, unless `npm test` just did, and serves it while the page tests run. */
export default async function serveSite(project: TestProject): Promise<() => Promise<void>> {
  if (process.env.RATIOSCOPE_SITE !== "built") await buildSite();

  const { address, close } = await serveFolder(dist);
  project.provide("siteUrl", address);
  return close;
}
