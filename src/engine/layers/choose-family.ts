import { isSoftware } from "../gpu/adapter.ts";
import { families, type Family } from "../gpu/family.ts";

/** Where a host keeps what was measured; what it cannot keep or find is measured again. */
export interface FamilyCache {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string): Promise<void>;
}

export interface FamilyOptions {
  /** Null or left out: nothing is kept. */
  cache?: FamilyCache | null;
  /** Version of the kernels: what another one measured does not count. */
  build?: string;
}

const chosen = new WeakMap<GPUDevice, Promise<Family>>();

/**
 * The family that multiplies faster on this adapter: asked of the cache, else measured, once per
 * device. What a stored run was trained with takes precedence over it: the two differ in their last
 * digits. Software adapters have no workgroup memory of their own, and take a second to compile what
 * uses it: there it is the register tiles, unmeasured.
 */
export function chooseFamily(device: GPUDevice, options: FamilyOptions = {}): Promise<Family> {
  let family = chosen.get(device);
  if (!family) chosen.set(device, (family = choose(device, options)));
  return family;
}

async function choose(
  device: GPUDevice,
  { cache = null, build = "" }: FamilyOptions,
): Promise<Family> {
  const info = device.adapterInfo;
  if (isSoftware(info)) return "register";
  const { vendor, architecture, device: model, description } = info;
  const key = JSON.stringify([vendor, architecture, model, description, build]);
  const kept = await cache?.get(key).catch(() => undefined);
  const known = families.find((family) => family === kept);
  if (known) return known;

  let lost = false;
  void device.lost.then(() => (lost = true));
  const { measureFamilies } = await import("./measure-families.ts");
  const times = await measureFamilies(device);
  const faster = times.workgroup < times.register ? "workgroup" : "register";
  if (!lost) await cache?.set(key, faster).catch(() => undefined);
  return faster;
}
