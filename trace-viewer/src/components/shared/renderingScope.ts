/** The page's services for renderings and values, handed down without passing them by hand. */
import { createContext, useContext } from "react";
import type { RenderingContext } from "../../trace/renderingContext";

/** `<RenderingScope value={context}>`; null outside one: then links to code are plain text. */
export const RenderingScope = createContext<RenderingContext | null>(null);

/** The services of the page around, or null where there is none. */
export function useRenderingScope(): RenderingContext | null {
  return useContext(RenderingScope);
}
