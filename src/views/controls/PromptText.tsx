import { lazy, Suspense } from "react";
import { splitPicture } from "../../analysis/prompt-picture.ts";

// Most runs have none.
const PromptPicture = lazy(async () => ({
  default: (await import("./PromptPicture.tsx")).PromptPicture,
}));

/** A prompt: its words, after its picture where it has one. */
export function PromptText({ prompt }: { prompt: string }) {
  const { picture, rest } = splitPicture(prompt);
  if (picture === null) return prompt;
  return (
    <>
      <Suspense fallback={<span className="prompt-picture" aria-busy="true" />}>
        <PromptPicture picture={picture} />
      </Suspense>{" "}
      {rest}
    </>
  );
}
