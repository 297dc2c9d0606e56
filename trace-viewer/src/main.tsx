import { createRoot } from "react-dom/client";
import { App } from "./components/App";
import { applyPreferences, readPreferences } from "./services/preferences";
import "./styles/index.css";

applyPreferences(readPreferences());
const root = document.getElementById("root");
if (root) createRoot(root).render(<App />);
