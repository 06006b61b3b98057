// Kernels of the optimizers that few runs ask for: loaded with their code, when one does. See manifest.ts.
import adafactor from "../../../shaders/lib/adafactor.wgsl?raw";
import dynamicMap from "../../../shaders/lib/dynamic-map.wgsl?raw";
import adafactorClip from "../../../shaders/optimizer/adafactor.clip.wgsl?raw";
import adafactorColumns from "../../../shaders/optimizer/adafactor.columns.wgsl?raw";
import adafactorMean from "../../../shaders/optimizer/adafactor.mean.wgsl?raw";
import adafactorRows from "../../../shaders/optimizer/adafactor.rows.wgsl?raw";
import adafactorSize from "../../../shaders/optimizer/adafactor.size.wgsl?raw";
import adafactorUpdate from "../../../shaders/optimizer/adafactor.update.wgsl?raw";
import adamw8bitSmall from "../../../shaders/optimizer/adamw-8bit.small.wgsl?raw";
import adamw8bit from "../../../shaders/optimizer/adamw-8bit.wgsl?raw";
import lion from "../../../shaders/optimizer/lion.wgsl?raw";
import quantise from "../../../shaders/optimizer/quantise.wgsl?raw";
import sgd from "../../../shaders/optimizer/sgd.wgsl?raw";
import { kernelTexts } from "./kernel-texts.ts";

const parts = {
  "adafactor.clip": [adafactor, adafactorClip],
  "adafactor.columns": [adafactor, adafactorColumns],
  "adafactor.mean": [adafactor, adafactorMean],
  "adafactor.rows": [adafactor, adafactorRows],
  "adafactor.size": [adafactor, adafactorSize],
  "adafactor.update": [adafactor, adafactorUpdate],
  "adamw-8bit.small": [adamw8bitSmall],
  "adamw-8bit": [dynamicMap, adamw8bit],
  lion: [lion],
  quantise: [dynamicMap, quantise],
  sgd: [sgd],
} satisfies Record<string, readonly string[]>;

/** As in manifest.ts. */
export type KernelName = keyof typeof parts;

export const { kernelNames, codeOf, kernelSpec } = kernelTexts(parts);
