import { Button } from "../controls/Button.tsx";
import { type Batch, openWhatIf } from "../../store/screen/what-if.ts";

/** The way into the sandbox. */
export const WhatIfButton = ({ batch }: { batch: Batch }) => (
  <Button
    shape="small twin-what-if"
    label="What if: edit a copy of this batch"
    onPress={() => openWhatIf(batch)}
  >
    What if
  </Button>
);
