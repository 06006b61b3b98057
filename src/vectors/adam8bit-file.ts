// What a file of kind adam8bit holds; its own `schema` says more.

export interface Settings {
  lr: number;
  betas: [number, number];
  eps: number;
  weight_decay: number;
}

export interface State {
  params: number[];
  state1: number[];
  state2: number[];
  absmax1: number[];
  absmax2: number[];
}

export interface OneStep extends Settings {
  name: string;
  n: number;
  step: number;
  gnorm_scale: number;
  before: State & { grad: number[] };
  after: State;
}

export interface SmallTensor extends Settings {
  name: string;
  gradient: "benign" | "harsh";
  n: number;
  snapshots: { step: number; params: number[]; state1: number[]; state2: number[] }[];
}

export interface Moments {
  sum: number;
  sumsq: number;
}

export type Summed =
  | "params"
  | "state1_codes"
  | "state2_codes"
  | "absmax1"
  | "absmax2"
  | "dequantised_m"
  | "dequantised_v";

export interface TrajectorySnapshot extends Record<Summed, Moments> {
  step: number;
  samples: { index: number[]; param: number[]; state1: number[]; state2: number[] };
}

export interface Trajectory extends Settings {
  name: string;
  gradient: "benign" | "harsh";
  n: number;
  steps: number;
  gnorm_scale: number;
  cuda_kernel: TrajectorySnapshot[];
}

/** What a case names is checked; codes of the whole block are given as the set of their values. */
export type EdgeResult = Partial<{
  param_changed: boolean;
  param_delta: number[];
  state1: number[];
  state2: number[];
  state1_codes: number[];
  state2_codes: number[];
  absmax1: number;
  absmax2: number;
}>;

export interface Adam8bitFile {
  maps: { signed: number[]; unsigned: number[] };
  quantise_blocks: {
    name: string;
    signed: boolean;
    input: number[];
    absmax: number[];
    codes: number[];
    dequantised: number[];
    optimizer_path_codes: number[];
  }[];
  quantizer_probes: { signed: number[]; unsigned: number[] };
  one_step: OneStep[];
  small_tensors_32bit_state: SmallTensor[];
  edge_cases: { name: string; result: EdgeResult }[];
  trajectories: Trajectory[];
}
