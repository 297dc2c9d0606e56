/**
 * Pictures on white paper, as plotting libraries draw them: in the dark they would glare. They are
 * told by their border, and the style sheet turns their lightness round, colours kept.
 */

/** A picture is looked at in this many pixels a side. */
const SIZE = 24;
/** Red, green and blue from here on are paper. */
const WHITE = 238;
const SHARE = 0.92;

/** Whether nearly all of the border of RGBA pixels, `SIZE` a side, is white and opaque. */
export function hasPaperBorder(pixels: Uint8ClampedArray, size: number): boolean {
  let white = 0;
  let border = 0;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      if (row > 0 && row < size - 1 && column > 0 && column < size - 1) continue;
      const at = 4 * (row * size + column);
      const [red = 0, green = 0, blue = 0, alpha = 0] = pixels.subarray(at, at + 4);
      border++;
      if (alpha > 250 && Math.min(red, green, blue) >= WHITE) white++;
    }
  }
  return border > 0 && white / border >= SHARE;
}

/** Sets `data-paper` on a picture that has come. */
export function markPaper(picture: HTMLImageElement): void {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  const paper = canvas.getContext("2d", { willReadFrequently: true });
  if (!paper || picture.naturalWidth === 0) return;
  try {
    paper.drawImage(picture, 0, 0, SIZE, SIZE);
    const { data } = paper.getImageData(0, 0, SIZE, SIZE);
    picture.toggleAttribute("data-paper", hasPaperBorder(data, SIZE));
  } catch {
    // A picture that may not be looked at stays as it is.
    return;
  }
}
