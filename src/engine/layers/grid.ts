/** Invocations that share one row or one query; enough for a GPU, few enough for many groups. */
export const WORKGROUP = 16;

/** Workgroup of the elementwise kernels: vec4 columns × rows. */
export const WX = 8;
export const WY = 8;

/** Workgroups that cover `count` invocations. */
export const groups = (count: number, workgroup: number): number => Math.ceil(count / workgroup);
