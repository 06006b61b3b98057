import { useState } from "react";
import { linkOf } from "../../store/page/link.ts";
import { Button } from "../controls/Button.tsx";

/** Copies a link that opens this configuration. */
export function ShareButton() {
  const [said, setSaid] = useState("");
  const share = (): void => {
    const link = linkOf();
    if (link === null) return;
    history.replaceState(null, "", link);
    navigator.clipboard.writeText(link).then(
      () => setSaid("Link copied"),
      () => setSaid("Link is in the address bar"),
    );
    setTimeout(() => setSaid(""), 4000);
  };
  return (
    <>
      <Button kind="ghost" onPress={share}>
        {said === "" ? "Share" : said}
      </Button>
      <span className="visually-hidden" role="status">
        {said}
      </span>
    </>
  );
}
