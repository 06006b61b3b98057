import { LESSONS } from "./lessons.ts";

/** A link that opens the page at one thing to see, with the file of its picture. */
export interface TeachingLink {
  title: string;
  says: string;
  /** Beginning with "?". */
  query: string;
  /** Under `lessons/`, beside the page. */
  picture: string;
}

/** Every lesson, in order. */
export const lessonLinks: readonly TeachingLink[] = LESSONS.map(({ id, title, batch }, index) => ({
  title: `${index + 1}. ${title}`,
  says: batch === "example" ? "On the worked example." : "On the recorded run.",
  query: `?view.lesson=${id}`,
  picture: `${id}.webp`,
}));

/** What a lecturer may want to open besides. */
export const teachingLinks: readonly TeachingLink[] = [
  {
    title: "Before the first update",
    says: "k = 0 of a recorded rollout: every ratio is 1, the two figures are one.",
    query: "?view.step=21&view.stage=2",
    picture: "first-update.webp",
  },
  {
    title: "Three updates later",
    says: "k = 3 of the same rollout, after clipping.",
    query: "?view.step=24&view.stage=4",
    picture: "after-updates.webp",
  },
  {
    title: "The worked example",
    says: "Four rows that show the whole difference; cells can be dragged.",
    query: "?view.example=1&view.density=work",
    picture: "worked-example.webp",
  },
  {
    title: "One token’s equation",
    says: "Both levels with the numbers of one token, down to the loss.",
    query: "?view.step=24&view.pin=1-3&view.tab=equation&view.density=work",
    picture: "equation.webp",
  },
  {
    title: "For a projector",
    says: "The figures alone, large; N walks through seven slides.",
    query: "?view.present=1",
    picture: "projector.webp",
  },
  {
    title: "In a frame",
    says: "What Share > Copy embed snippet puts into a page of your own.",
    query: "?embed=figure",
    picture: "frame.webp",
  },
];
