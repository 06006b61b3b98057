import { useEffect, useRef, useState } from "react";
import "./save.css";
import type { Format } from "./save-picture.ts";

/** One picture that can be saved. */
export interface Picture {
  /** What it is, e.g. "Figure 3". */
  title: string;
  /** Where the file's name and the caption come from, asked when it is saved. */
  name(): string;
  caption(): string;
  /** Elements to draw side by side; `from` is an element of the menu. */
  parts(from: Element): readonly Element[];
  /** The picture of the prompt that they are about, which goes above them. */
  prompt?(from: Element): Element | null;
}

/** Saves each picture as SVG for a paper or as PNG for a slide, with its caption. */
export function SavePictures({ pictures }: { pictures: readonly Picture[] }) {
  const [said, setSaid] = useState("");
  const save = (picture: Picture, format: Format, from: Element): void => {
    setSaid("");
    const file = { name: picture.name(), caption: picture.caption(), format };
    const parts = picture.parts(from);
    const prompt = picture.prompt?.(from) ?? null;
    import("./save-picture.ts")
      .then(({ savePicture }) => savePicture(parts, prompt, file))
      .then(
        () => setSaid(`${file.name}.${format} saved`),
        (error: unknown) =>
          setSaid(error instanceof Error ? error.message : "The picture could not be drawn."),
      );
  };
  return (
    <div className="save-pictures">
      {pictures.map((picture) => (
        <p key={picture.title}>
          <span>{picture.title}</span>
          {(["svg", "png"] as const).map((format) => (
            <button
              key={format}
              type="button"
              aria-label={`Save ${picture.title} as ${format.toUpperCase()}`}
              onClick={(event) => save(picture, format, event.currentTarget)}
            >
              {format.toUpperCase()}
            </button>
          ))}
        </p>
      ))}
      <span className="save-said" role="status">
        {said}
      </span>
    </div>
  );
}

interface SaveMenuProps {
  /** What the pictures show, e.g. "Charts". */
  what: string;
  /** Asked when the menu opens; `from` is the menu. */
  pictures(from: Element): readonly Picture[];
}

/** A small menu in the corner of what it saves. */
export function SaveMenu({ what, pictures }: SaveMenuProps) {
  const menu = useRef<HTMLDetailsElement>(null);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (!open) return;
    const close = ({ target }: PointerEvent): void => {
      if (!(target instanceof Node && menu.current?.contains(target))) setOpen(false);
    };
    document.addEventListener("pointerdown", close);
    return () => document.removeEventListener("pointerdown", close);
  }, [open]);
  return (
    <details
      ref={menu}
      className="save-menu"
      open={open}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        event.stopPropagation();
        setOpen(false);
        menu.current?.querySelector("summary")?.focus();
      }}
    >
      <summary aria-label={`Save: ${what}`}>Save</summary>
      {open && menu.current !== null ? <SavePictures pictures={pictures(menu.current)} /> : null}
    </details>
  );
}
