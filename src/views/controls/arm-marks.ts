import type { ArmMarker } from "../../store/run/arms.ts";

/** How an arm is drawn, in the charts and beside its name. */
export interface ArmStyle {
  /** SVG path from the middle of the mark, within 4 to each side. */
  shape: string;
  colour: string;
  /** Dashes of its lines; none: solid. */
  dashes?: string;
}

export const ARM_STYLES: Readonly<Record<ArmMarker, ArmStyle>> = {
  square: { shape: "m-3.5 -3.5h7v7h-7Z", colour: "var(--arm-grpo)" },
  diamond: { shape: "m0 -4 4 4-4 4-4-4Z", colour: "var(--arm-gspo)", dashes: "5 2" },
  triangle: { shape: "m0 -3.8 4 7.4h-8Z", colour: "var(--arm-2)", dashes: "1.5 2.5" },
  down: { shape: "m0 3.8 4 -7.4h-8Z", colour: "var(--arm-3)", dashes: "8 3" },
  right: { shape: "m3.8 0 -7.4 4v-8Z", colour: "var(--arm-4)", dashes: "6 2 1.5 2" },
  hourglass: { shape: "m-3.6 -4h7.2l-7.2 8h7.2Z", colour: "var(--arm-5)", dashes: "3 3" },
  left: { shape: "m-3.8 0 7.4 4v-8Z", colour: "var(--arm-6)", dashes: "6 2 1.5 2 1.5 2" },
  bowtie: { shape: "m-4 -3.6v7.2l8-7.2v7.2Z", colour: "var(--arm-7)", dashes: "10 2 2 2" },
};
