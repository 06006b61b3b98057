import type { VisionConfig } from "../../config/architecture.ts";
import { USUAL } from "../../engine/policy/vision/write-llava-config.ts";
import { IMAGE } from "../../tasks/picture.ts";

// How transformers' LlavaProcessor makes a prompt's tokens and a picture's pixels what they are here.

/** A content's parts one after the other, a space behind each, as the tokenizer parts them. */
const TEMPLATE = `\
{%- for message in messages -%}
{%- if message["content"] is string -%}
{{ message["content"] }} {% else -%}
{%- for part in message["content"] -%}
{{ "${IMAGE}" if part["type"] == "image" else part["text"] }} {% endfor -%}
{%- endif -%}
{%- endfor -%}
`;

/** Bytes become parts of 1 and nothing else: a picture has the size that the tower has. */
const imageProcessor = ({ imageSize }: VisionConfig) => ({
  image_processor_type: "CLIPImageProcessor",
  do_convert_rgb: true,
  do_resize: false,
  size: { shortest_edge: imageSize },
  do_center_crop: false,
  crop_size: { height: imageSize, width: imageSize },
  do_rescale: true,
  rescale_factor: 1 / 255,
  do_normalize: false,
});

/** The files that a policy's folder has more when it sees pictures; what is no text is JSON. */
export const processorFiles = (vision: VisionConfig): Record<string, unknown> => ({
  "preprocessor_config.json": { processor_class: "LlavaProcessor", ...imageProcessor(vision) },
  "processor_config.json": {
    processor_class: "LlavaProcessor",
    image_token: IMAGE,
    patch_size: vision.patchSize,
    vision_feature_select_strategy: vision.selectStrategy ?? USUAL.selectStrategy,
    // The class token: the strategy says whether it stays.
    num_additional_image_tokens: 1,
  },
  "chat_template.jinja": TEMPLATE,
});
