// First: the trace is asked for before the rest of the program begins.
import "./early";
import { createRoot } from "react-dom/client";
import { App } from "./components/App";
import { preloadText } from "./components/renderings";
import { RootGuard } from "./components/RootGuard";
import "./styles/index.css";

// Every lecture has text: what draws it is fetched while the trace is.
preloadText(false);
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <RootGuard>
      <App />
    </RootGuard>,
  );
}
