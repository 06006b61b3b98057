/** A blob's address for every script: the browser frees them with the page. */
const started = new Map<string, string>();

/**
 * Starts a module worker that keeps to the page's Content-Security-Policy. A worker has the policy
 * that came with its script's response, and of a page served as files that is none: what stands in
 * index.html reaches no worker. One whose script is a blob inherits the page's.
 *
 * `address`: of the script, as `?worker&url` gives it.
 */
export function startWorker(address: string, name: string): Worker {
  let blob = started.get(address);
  if (blob === undefined) {
    const { href } = new URL(address, import.meta.url);
    // A static import: messages wait until the script that it names has run.
    const script = `import ${JSON.stringify(href)};`;
    blob = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    started.set(address, blob);
  }
  return new Worker(blob, { type: "module", name });
}
