import { setSpeed } from "../../store/run/actions.ts";
import { useView } from "../../store/view/view.ts";
import { Picker } from "../controls/Picker.tsx";

const SPEEDS = [
  { id: "max", text: "max", rate: null },
  { id: "10", text: "10 steps/s", rate: 10 },
  { id: "4", text: "4 steps/s", rate: 4 },
  { id: "1", text: "1 step/s", rate: 1 },
  { id: "0.25", text: "1 step in 4 s", rate: 0.25 },
];

/** Optimizer steps a second at most. */
export function SpeedPicker() {
  const speed = useView((view) => view.speed);
  return (
    <Picker
      label="Speed"
      lead="Speed"
      choices={SPEEDS}
      selected={SPEEDS.find(({ rate }) => rate === speed)?.id ?? "max"}
      onSelect={(chosen) => setSpeed(SPEEDS.find(({ id }) => id === chosen)?.rate ?? null)}
    />
  );
}
