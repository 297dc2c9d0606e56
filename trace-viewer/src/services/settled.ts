/** When a page has come to rest: fonts, pictures, formulas, plots and graphs are in their place. */

const CHECK_MS = 60;
const QUIET_CHECKS = 4;

/** Parts that still wait for their code or their drawing carry `data-pending`. */
function isQuiet(root: ParentNode): boolean {
  if (root.querySelector("[data-pending]") !== null) return false;
  return [...root.querySelectorAll("img")].every((image) => image.complete);
}

/**
 * Resolves to true when nothing has been pending for a few looks in a row, and to false when that
 * takes longer than `patience` milliseconds.
 */
export async function whenSettled(root: ParentNode, patience = 60_000): Promise<boolean> {
  const end = performance.now() + patience;
  let quiet = 0;
  while (quiet < QUIET_CHECKS) {
    if (performance.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, CHECK_MS));
    quiet = isQuiet(root) ? quiet + 1 : 0;
  }
  await document.fonts.ready;
  return true;
}
