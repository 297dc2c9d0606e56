/**
 * The heat map of a tensor as bytes and colours; no canvas here.
 *
 * A cell is a byte: 0 = `low`, 254 = `high`, 255 = not a finite number. One byte therefore stands
 * for a range of values, which is what a tool tip can honestly say.
 */
import type { HeatMap } from "../../trace/schema";
import { roughNumber } from "../shared/numberText";

/** The byte of a cell that is nan or infinite. */
export const NOT_FINITE = 255;
const STEPS = 254;

/** matplotlib's viridis at 17 even points (CC0); linear between them. */
const VIRIDIS =
  "440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26828e 21918c 1fa088 28ae80 3fbc73 5ec962 " +
  "84d44b addc30 d8e219 fde725";
/** Not on the scale, and apart from it for colour-blind readers as well. */
const NOT_FINITE_COLOUR = [214, 39, 80] as const;

type Colour = readonly [number, number, number];

const STOPS: Colour[] = VIRIDIS.split(" ").map((hex) => {
  const code = Number.parseInt(hex, 16);
  return [code >> 16, (code >> 8) & 255, code & 255];
});

/** Red, green and blue (0 … 255) of a cell's byte. */
export function colourOf(code: number): Colour {
  if (code >= NOT_FINITE) return NOT_FINITE_COLOUR;
  const place = (Math.max(0, code) / STEPS) * (STOPS.length - 1);
  const index = Math.min(Math.floor(place), STOPS.length - 2);
  const from = STOPS[index];
  const to = STOPS[index + 1];
  if (!from || !to) return NOT_FINITE_COLOUR;
  const mix = (channel: 0 | 1 | 2): number =>
    Math.round(from[channel] + (to[channel] - from[channel]) * (place - index));
  return [mix(0), mix(1), mix(2)];
}

/** The colour of a cell's byte as CSS writes it. */
export function cssColour(code: number): string {
  return `rgb(${colourOf(code).join(" ")})`;
}

/** Bytes row by row, or null when the file's data does not fit its own size. */
export function decodeHeatMap(map: HeatMap): Uint8Array | null {
  let text: string;
  try {
    text = atob(map.data);
  } catch {
    return null;
  }
  if (map.rows < 1 || map.columns < 1 || text.length !== map.rows * map.columns) return null;
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

let palette: Uint32Array | null = null;

function colourTable(): Uint32Array {
  if (palette) return palette;
  const bytes = new Uint8ClampedArray(256 * 4);
  for (let code = 0; code < 256; code++) bytes.set([...colourOf(code), 255], code * 4);
  palette = new Uint32Array(bytes.buffer);
  return palette;
}

/** RGBA pixels, one a cell. */
export function heatMapPixels(codes: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const table = colourTable();
  const pixels = new Uint32Array(codes.length);
  codes.forEach((code, index) => (pixels[index] = table[code] ?? 0));
  return new Uint8ClampedArray(pixels.buffer);
}

/** `≈ 0.12 … 0.13`: what the byte can stand for. */
export function rangeOfCode(code: number, low: number, high: number): string {
  if (code >= NOT_FINITE) return "nan or inf";
  if (low === high) return roughNumber(low);
  const width = (high - low) / STEPS;
  const from = Math.max(low, low + (code - 0.5) * width);
  const to = Math.min(high, low + (code + 0.5) * width);
  const digits = digitsFor(low, high, width);
  const [first, last] = [fixed(from, digits), fixed(to, digits)];
  return first === last ? first : `${first} … ${last}`;
}

/** Enough digits to tell the two ends of one byte's range apart. */
function digitsFor(low: number, high: number, width: number): number {
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (!(width > 0) || !Number.isFinite(width)) return 3;
  return Math.min(12, Math.max(3, Math.ceil(Math.log10(size / width)) + 1));
}

function fixed(value: number, digits: number): string {
  return String(Number(value.toPrecision(digits)));
}

/** Which row or column a cell shows: the engine takes the middle of equal parts. */
export function sampledIndex(cell: number, cells: number, size: number): number {
  return Math.floor(((2 * cell + 1) * size) / (2 * cells));
}
