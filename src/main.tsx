import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { scripting } from "./scripting/ratioscope-api.ts";
import { openFirstRun, start } from "./store/page/start.ts";
import { App } from "./views/app/App.tsx";
import "./views/tokens.css";
import "./views/shell/base.css";
import { applyTheme } from "./views/shell/theme.ts";

applyTheme();
start();
window.ratioscope = scripting();

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
openFirstRun();
