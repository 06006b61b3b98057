import { create } from "zustand";
import { field, fields } from "../../config/schema.ts";
import type { Field, FieldGroup } from "../../config/field.ts";
import type { RunConfig } from "../../config/types.ts";
import { equalValues, firstValue, sameInAllArms } from "./field-values.ts";

/** Which part of the configuration is in sight. */
export interface ConfigView {
  search: string;
  changedOnly: boolean;
  open: readonly FieldGroup[];
}

export const useConfigView = create<ConfigView>(() => ({
  search: "",
  changedOnly: false,
  open: [],
}));

export const setSearch = (search: string): void => useConfigView.setState({ search });
export const setChangedOnly = (changedOnly: boolean): void =>
  useConfigView.setState({ changedOnly });
export const toggleGroup = (group: FieldGroup): void =>
  useConfigView.setState(({ open }) => ({
    open: open.includes(group) ? open.filter((each) => each !== group) : [...open, group],
  }));

/** The fields that decide what the ratios do: always in sight. */
export const keyFields: readonly Field[] = [
  "importance_sampling_level",
  "epsilon",
  "num_iterations",
  "num_generations",
  "learning_rate",
  "loss_type",
].map(field);

/** Whether an arm runs with something else than the field's default. */
export const isChanged = (run: RunConfig, each: Field): boolean =>
  !sameInAllArms(run, each.name) || !equalValues(firstValue(run, each.name), each.trlDefault);

export const changedFields = (run: RunConfig): readonly Field[] =>
  fields.filter((each) => isChanged(run, each));
