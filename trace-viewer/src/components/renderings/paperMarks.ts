/** The marks of a drawn plot for paper. */

/**
 * In a PDF each element with an opacity of its own is a picture of its own. So the opacity of a mark
 * that only fills or only strokes becomes that of its fill or stroke, which looks the same, and what
 * cannot be seen at all (labels for which there is no room) goes.
 */
export function simplifyOpacity(place: ParentNode): void {
  for (const mark of place.querySelectorAll("path[opacity], line[opacity], text[opacity]")) {
    if (Number(mark.getAttribute("opacity")) === 0) {
      mark.remove();
      continue;
    }
    const painted = (["fill", "stroke"] as const).filter((paint) => {
      const colour = mark.getAttribute(paint);
      return colour !== null && colour !== "none" && colour !== "transparent";
    });
    const [paint, other] = painted;
    if (!paint || other || mark.hasAttribute(`${paint}-opacity`)) continue;
    mark.setAttribute(`${paint}-opacity`, mark.getAttribute("opacity") ?? "1");
    mark.removeAttribute("opacity");
  }
}
