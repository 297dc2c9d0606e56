/** Runs before the program itself has arrived: see `server/earlyStart.ts`. */
import { hasEmbedded } from "./services/embeddedTrace";
import { startOpening } from "./services/openingFetch";
import { applyPreferences, readPreferences } from "./services/preferences";

if (!hasEmbedded(document)) startOpening(location.search, document.baseURI);
applyPreferences(readPreferences());
