// In a process of its own, with --expose-gc: a device whose host nobody holds, through collections of
// garbage; then a buffer and the queue that outlive that device. One JSON line says what came of it.
import { setTimeout } from "node:timers/promises";
import { requestDevice } from "ratioscope";
import { create, globals } from "webgpu";

Object.assign(globalThis, globals);

/** Names of what was collected. @type {string[]} */
const collected = [];
const registry = new FinalizationRegistry((/** @type {string} */ name) => collected.push(name));

async function openDevice() {
  const gpu = create([]);
  const { device } = await requestDevice(gpu);
  registry.register(gpu, "gpu");
  registry.register(device, "device");
  registry.register({}, "garbage");
  return device;
}

/**
 * Until this was collected; then some rounds more, since what Dawn does then comes in later tasks.
 * @param {string} name
 */
async function collect(name) {
  for (let round = 0, after = 0; round < 100 && after < 5; round++) {
    globalThis.gc?.();
    await setTimeout(5);
    if (collected.includes(name)) after++;
  }
}

/** Numbers that went to the GPU and came back. @param {GPUDevice} device */
async function roundTrip(device) {
  const usage = GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ;
  const buffer = device.createBuffer({ size: 16, usage });
  device.queue.writeBuffer(buffer, 0, Uint32Array.of(1, 2, 3, 4));
  await buffer.mapAsync(GPUMapMode.READ);
  return [...new Uint32Array(buffer.getMappedRange())];
}

async function parts() {
  const device = await openDevice();
  await collect("garbage");
  const read = await roundTrip(device);
  const buffer = device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ });
  return { read, buffer, queue: device.queue };
}

const { read, buffer, queue } = await parts();
await collect("device");
queue.submit([]);
await queue.onSubmittedWorkDone();
// The device ended when it was collected: its buffer cannot be mapped, and says so.
const mapped = await buffer.mapAsync(GPUMapMode.READ).then(
  () => "mapped",
  (/** @type {Error} */ { name }) => name,
);
console.log(JSON.stringify({ collected: collected.toSorted(), read, mapped }));
