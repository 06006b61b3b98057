import { FONT } from "../../tasks/painters/read-number.ts";
import { COLOURS } from "../../tasks/picture.ts";
import { pythonLiteral } from "./write-value.ts";

/** A task's pictures in Python; each function does what its namesake in `src/tasks/painters` does. */
interface PicturePython {
  /** `draw(random)`: the rows of a picture. It draws in the order of the painter. */
  draw: string;
  /** `answer(rows)`: the right completion, without end-of-sequence. */
  answer: string;
  /** Reward functions of this task only. */
  rewards?: Readonly<Record<string, string>>;
}

const font = `FONT = [\n${FONT.map((rows) => `    ${pythonLiteral(rows)},`).join("\n")}\n]`;

export const picturePython: Readonly<Record<string, PicturePython>> = {
  "count-dots": {
    draw: `\
def draw(random):
    canvas = blank()
    for cell in random.sample(range(36), random.randint(1, DIFFICULTY)):
        row, column = divmod(cell, 6)
        fill(canvas, 2 * column, 2 * row, 2, 2, random.choice("rgb"))
    return finished(canvas)`,
    answer: `\
def answer(rows):
    """Counts dots of 2 by 2 pixels aloud."""
    dots = sum(letter != "." for row in rows[::2] for letter in row[::2])
    return [str(n + 1) for n in range(dots)]`,
    rewards: {
      near: `\
def near(picture, completion_ids, **_):
    """How near the last number is to the right one."""
    rewards = []
    for rows, completion, _ in read(picture, completion_ids):
        wanted = len(answer(rows))
        said = completion[-1] if completion else ""
        rewards.append(max(0.0, 1 - abs(int(said) - wanted) / wanted) if said.isdigit() else 0.0)
    return rewards`,
    },
  },
  "read-number": {
    draw: `\
def draw(random):
    digits = [random.randrange(DIFFICULTY) for _ in range(2)]
    colour = random.choice("rgb")
    left, top = random.randint(0, 5), random.randint(0, 7)
    canvas = blank()
    for n, digit in enumerate(digits):
        for dy, row in enumerate(FONT[digit]):
            for dx, pixel in enumerate(row):
                if pixel == "#":
                    fill(canvas, left + 4 * n + dx, top + dy, 1, 1, colour)
    return finished(canvas)`,
    answer: `\
${font}


def answer(rows):
    left, top, _, _ = box(rows)

    def digit(x):
        glyph = [row[x : x + 3].translate({ord(c): "#" for c in "rgb"}) for row in rows[top : top + 5]]
        return str(FONT.index(glyph))

    return [digit(left), digit(left + 4)]`,
  },
  "find-mark": {
    draw: `\
def draw(random):
    canvas, cell = blank(), SIZE // DIFFICULTY
    column, row = random.randrange(DIFFICULTY), random.randrange(DIFFICULTY)
    fill(canvas, column * cell, row * cell, cell, cell, random.choice("rgb"))
    return finished(canvas)`,
    answer: `\
def answer(rows):
    """The mark fills its cell: its width is the cells'."""
    left, top, width, _ = box(rows)
    return ["row", str(top // width + 1), "column", str(left // width + 1)]`,
  },
  "left-of": {
    draw: `\
def draw(random):
    canvas = blank()
    for n, column in enumerate(random.sample(range(8), 2 + DIFFICULTY)):
        fill(canvas, 2 * column, 2 * random.randrange(8), 2, 2, "rb"[n] if n < 2 else "g")
    return finished(canvas)`,
    answer: `\
def answer(rows):
    return ["yes" if box(rows, "r")[0] < box(rows, "b")[0] else "no"]`,
  },
  "compare-bars": {
    draw: `\
def draw(random):
    canvas = blank()
    for colour, left in zip(random.choice(["rb", "br"]), [2, 7]):
        height = random.randint(1, DIFFICULTY)
        fill(canvas, left, SIZE - height, 3, height, colour)
    return finished(canvas)`,
    answer: `\
def answer(rows):
    more = box(rows, "r")[3] - box(rows, "b")[3]
    return [("red" if more > 0 else "blue"), "by", str(abs(more))] if more else ["same"]`,
    rewards: {
      taller: `\
def taller(picture, completion_ids, **_):
    """1 if the first token is right, whatever follows."""
    return [
        float(completion[:1] == answer(rows)[:1])
        for rows, completion, _ in read(picture, completion_ids)
    ]`,
    },
  },
};

const colours = Object.fromEntries(
  Object.entries(COLOURS).map(([letter, parts]) => [letter, parts.map((part) => 255 * part)]),
);

/** Constants of pictures of so many pixels along a side. */
export const pictureConstants = (size: number): string[] => [
  `SIZE = ${size}`,
  `COLOURS = ${pythonLiteral(colours)}`,
];

/** What pictures are drawn on and read with. */
export const CANVAS = `\
def blank():
    return [["."] * SIZE for _ in range(SIZE)]


def fill(canvas, left, top, width, height, colour):
    for row in canvas[top : top + height]:
        row[left : left + width] = [colour] * width


def finished(canvas):
    """Rows from the top, a letter a pixel."""
    return ["".join(row) for row in canvas]


def box(rows, colours="rgb"):
    """Left, top, width and height of what has these colours."""
    xs = [x for row in rows for x, letter in enumerate(row) if letter in colours]
    ys = [y for y, row in enumerate(rows) for letter in row if letter in colours]
    return min(xs), min(ys), max(xs) - min(xs) + 1, max(ys) - min(ys) + 1


def pixels(rows):
    """Red, green and blue of each pixel, row by row."""
    return bytes(part for row in rows for letter in row for part in COLOURS[letter])`;

/** `example(rows)`: a row of the data set. `picture` is a column of its own, which rewards are given. */
export const EXAMPLE = `\
def example(rows):
    content = [{"type": "image"}, {"type": "text", "text": "="}]
    return {
        "prompt": [{"role": "user", "content": content}],
        "image": Image.frombytes("RGB", (SIZE, SIZE), pixels(rows)),
        "picture": rows,
    }`;
