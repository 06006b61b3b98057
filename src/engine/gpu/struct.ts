/** A uniform's struct as the shader declares it: values are packed by name, in the shader's order. */
export interface Struct {
  /** 4-byte words of its members. */
  words: number;
  /** Bytes for the buffer; floats are rounded from float64 here. Throws for a member too few or too many. */
  pack(values: Readonly<Record<string, number>>): ArrayBuffer;
}

const COMMENT = /\/\/.*$/gm;
const MEMBER = /^\s*(\w+)\s*:\s*(\w+)\s*$/;

/**
 * Reads `struct NAME` of a shader. Its members are f32, u32 or i32, one word each, so that they lie
 * one behind the other as WGSL lays them out; anything else is refused.
 */
export function structOf(code: string, name: string): Struct {
  const [, body] =
    new RegExp(`\\bstruct ${name} \\{([^}]*)\\}`).exec(code.replace(COMMENT, "")) ?? [];
  if (body === undefined) throw new Error(`the shader declares no struct ${name}`);
  const members = body.split(",").filter((text) => text.trim() !== "");
  const fields = members.map((text) => {
    const [, field = "", type = ""] = MEMBER.exec(text) ?? [];
    if (!["f32", "u32", "i32"].includes(type)) {
      throw new Error(`struct ${name} has a member that is no scalar: ${text.trim()}`);
    }
    return { field, type };
  });
  return {
    words: fields.length,
    pack(values) {
      const unknown = Object.keys(values).find((key) => !fields.some(({ field }) => field === key));
      if (unknown !== undefined) throw new Error(`struct ${name} has no member ${unknown}`);
      const view = new DataView(new ArrayBuffer(4 * fields.length));
      for (const [at, { field, type }] of fields.entries()) {
        const value = values[field];
        if (value === undefined) throw new Error(`struct ${name}: ${field} has no value`);
        if (type === "f32") view.setFloat32(4 * at, value, true);
        else if (type === "u32") view.setUint32(4 * at, value, true);
        else view.setInt32(4 * at, value, true);
      }
      return view.buffer;
    },
  };
}
