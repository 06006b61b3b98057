import { shown } from "../../base/shown.ts";
import type { VisionConfig } from "../../config/architecture.ts";
import type { Json } from "../../engine/policy/json-settings.ts";
import { IMAGE } from "../../tasks/picture.ts";
import type { Task } from "../../tasks/task.ts";
import { readObject, type StatedPolicy } from "./policy-config.ts";
import type { PolicyFiles } from "./policy-files.ts";
import { refused } from "./policy-refused.ts";

/**
 * Refuses a policy that does not see the task's pictures as they are shown here.
 *
 * @throws UserError that names the setting and what the task has.
 */
export function requirePictures(
  files: Pick<PolicyFiles, "processor" | "preprocessor">,
  { policy: { vision }, imageToken }: StatedPolicy,
  { id, picture, vocabulary }: Task,
): void {
  if (!vision && !picture) return;
  if (!vision) throw refused(`it sees no pictures, and the task ${id} shows them`);
  if (!picture) throw refused(`it sees pictures, and the task ${id} shows none`);
  const token = vocabulary.indexOf(IMAGE);
  if (imageToken !== token) {
    throw setting("image_token_index", imageToken, `${IMAGE} is token ${token} of the task ${id}`);
  }
  const { imageSize, channels = 3 } = vision;
  if (imageSize !== picture.size) {
    const says = `the pictures of the task ${id} are ${picture.size} pixels wide`;
    throw setting("vision_config.image_size", imageSize, says);
  }
  if (channels !== 3) {
    throw setting("vision_config.num_channels", channels, "pictures are red, green and blue");
  }
  requirePixels(files, vision);
}

const setting = (name: string, value: unknown, here: string, file = "config.json") =>
  refused(`${file} has ${name} ${shown(value)}; ${here}`);

/** What CLIPImageProcessor does where a file does not say. */
const USUAL = {
  do_resize: true,
  size: { shortest_edge: 224 },
  do_center_crop: true,
  crop_size: { height: 224, width: 224 },
  do_rescale: true,
  rescale_factor: 1 / 255,
  do_normalize: true,
};

/** The tower was trained on pixels from 0 to 1, each picture as large as it is, or this says otherwise. */
function requirePixels(
  { processor, preprocessor }: Pick<PolicyFiles, "processor" | "preprocessor">,
  { imageSize }: VisionConfig,
): void {
  const within = processor && readObject(processor, "processor_config.json").image_processor;
  const [file, stated]: [string, Json | undefined] =
    typeof within === "object" && within !== null
      ? ["processor_config.json", { ...within }]
      : [NAME, preprocessor && readObject(preprocessor, NAME)];
  if (stated === undefined) return;
  const all: Json = { ...USUAL, ...stated };
  const same = (value: unknown) => isOfSize(value, imageSize);
  const wanted: [string, boolean, string][] = [
    ["do_normalize", all.do_normalize === false, "pixels are from 0 to 1 here"],
    ["do_rescale", all.do_rescale === true, "pixels are from 0 to 1 here"],
    ["rescale_factor", Math.abs(Number(all.rescale_factor) * 255 - 1) < 1e-6, "it is 1 / 255 here"],
    ["size", all.do_resize === false || same(all.size), `pictures are ${imageSize} wide here`],
    [
      "crop_size",
      !all.do_center_crop || same(all.crop_size),
      `pictures are ${imageSize} wide here`,
    ],
  ];
  const [name, , here] = wanted.find(([, fine]) => !fine) ?? [];
  if (name !== undefined) throw setting(name, all[name], here!, file);
}

const NAME = "preprocessor_config.json";

/** A size leaves a square picture of that width as it is: `{ height, width }`, `{ shortest_edge }`, a number. */
function isOfSize(value: unknown, width: number): boolean {
  if (typeof value !== "object" || value === null) return value === width;
  const sides = Object.values(value);
  return sides.length > 0 && sides.every((side) => side === width);
}
