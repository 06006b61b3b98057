import { draw, svgFile } from "./draw.ts";

export type Format = "svg" | "png";

/** A bitmap has so many pixels for one of the page. */
const DENSITY = 2;

/**
 * Saves parts of the page, side by side over a caption, as a file of the reader's. `prompt`: the picture
 * of the prompt that they are about, as it is on the page; null: it has none.
 */
export async function savePicture(
  parts: readonly Element[],
  prompt: Element | null,
  { name, caption, format }: { name: string; caption: string; format: Format },
): Promise<void> {
  const style = getComputedStyle(document.documentElement);
  const head = prompt && { drawing: draw([prompt]), says: `Prompt: ${prompt.ariaLabel}` };
  const svg = svgFile(draw(parts), caption, head, {
    background: style.getPropertyValue("--surface-panel").trim(),
    ink: style.getPropertyValue("--text-2").trim(),
    font: style.getPropertyValue("--font-sans").trim(),
  });
  const file = new Blob([svg], { type: "image/svg+xml" });
  download(format === "svg" ? file : await bitmap(file), `${name}.${format}`);
}

async function bitmap(svg: Blob): Promise<Blob> {
  const address = URL.createObjectURL(svg);
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth * DENSITY;
    canvas.height = image.naturalHeight * DENSITY;
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise<Blob>((resolve, reject) => {
      canvas.toBlob((made) => {
        if (made === null) {
          reject(new Error(`A picture of ${canvas.width} × ${canvas.height} pixels is too large.`));
        } else resolve(made);
      }, "image/png");
    });
  } finally {
    URL.revokeObjectURL(address);
  }
}

function download(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser has taken the address by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
