// First: the trace is asked for before the rest of the program begins.
import "./early";
import { createRoot } from "react-dom/client";
import { App } from "./components/App";
import { loadAddress, outcomeOf } from "./components/opening";
import { preloadText } from "./components/renderings";
import { RootGuard } from "./components/RootGuard";
import "./styles/index.css";

// Every lecture has text: what draws it is fetched while the trace is.
void preloadText(false);
const root = document.getElementById("root");
if (root) {
  // Until then the page says by itself that it is opening: see index.html.
  void outcomeOf(loadAddress).then((first) =>
    createRoot(root).render(
      <RootGuard>
        <App first={first} />
      </RootGuard>,
    ),
  );
}
