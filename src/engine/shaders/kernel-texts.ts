/** A manifest: of each kernel, by its file's name, its fragments of shaders/lib, then its own file. */
export function kernelTexts<const Name extends string>(
  parts: Readonly<Record<Name, readonly string[]>>,
) {
  /** The kernel's text. */
  const codeOf = (name: Name): string => parts[name].join("");
  return {
    kernelNames: Object.keys(parts) as Name[],
    codeOf,
    /** What `Kernel.create` takes; `constants`: values of the shader's overrides. */
    kernelSpec: (name: Name, constants: Record<string, number> = {}) => ({
      label: name,
      code: codeOf(name),
      constants,
    }),
  };
}
