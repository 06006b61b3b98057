import { Button, Dialog, DialogTrigger, Modal, ModalOverlay } from "react-aria-components";
import type { Panel } from "../../experiments/experiment.ts";
import { CloseIcon, SizeIcon } from "../shell/icons.tsx";
import { BarsPicture } from "./BarsPicture.tsx";
import { LinesPicture } from "./LinesPicture.tsx";

interface EnlargeableProps {
  panel: Panel;
  /** Title of its experiment. */
  of: string;
}

/** A picture under its title, which opens it large over the page; Escape closes it again. */
export function Enlargeable({ panel, of }: EnlargeableProps) {
  const { title } = panel;
  return (
    <div className="experiment-picture">
      <DialogTrigger>
        <Button className="experiment-enlarge" aria-label={`${title}: enlarge`}>
          {title}
          <SizeIcon smaller={false} />
        </Button>
        <ModalOverlay className="experiment-over" isDismissable>
          <Modal className="experiment-large">
            <Dialog aria-label={`${of}: ${title}`}>
              {({ close }) => (
                <>
                  <header>
                    <h2>{title}</h2>
                    <small>{of}</small>
                    <Button className="button icon" aria-label="Close the picture" onPress={close}>
                      <CloseIcon />
                    </Button>
                  </header>
                  <Picture panel={panel} large />
                </>
              )}
            </Dialog>
          </Modal>
        </ModalOverlay>
      </DialogTrigger>
      <Picture panel={panel} />
    </div>
  );
}

const Picture = ({ panel, large = false }: { panel: Panel; large?: boolean }) =>
  panel.kind === "bars" ? (
    <BarsPicture panel={panel} />
  ) : (
    <LinesPicture panel={panel} large={large} />
  );
