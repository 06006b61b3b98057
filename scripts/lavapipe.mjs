// A Vulkan driver for wgpu, which Deno and Firefox compute with. Dawn refuses Mesa's of Debian 12.
import { existsSync } from "node:fs";
import { installDebianPackage, isDebian } from "./debian.mjs";
import { refuse } from "./setup.mjs";

const PLACES = ["lvp_icd.x86_64.json", "lvp_icd.aarch64.json", "lvp_icd.json"].map(
  (name) => `/usr/share/vulkan/icd.d/${name}`,
);

/**
 * The variables under which wgpu finds what is set, a real GPU, or Mesa's driver for the processor, whose
 * package is installed where there is none.
 * @returns {Record<string, string>}
 */
export function lavapipe() {
  if (process.platform !== "linux" || existsSync("/dev/dri") || existsSync("/dev/nvidia0"))
    return {};
  if (find() === undefined && isDebian()) installDebianPackage("mesa-vulkan-drivers");
  const found =
    find() ??
    refuse(
      "No Vulkan driver for wgpu: install Mesa's (Debian's package `mesa-vulkan-drivers`), or set RATIOSCOPE_LAVAPIPE to the path of its lvp_icd.x86_64.json.",
    );
  return { VK_DRIVER_FILES: found, VK_ICD_FILENAMES: found };
}

const find = () =>
  [process.env.RATIOSCOPE_LAVAPIPE ?? "", ...PLACES].find((path) => existsSync(path));
