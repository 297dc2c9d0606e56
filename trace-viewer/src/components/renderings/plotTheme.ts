/** The page's colours and fonts as a Vega-Lite configuration. */
import type { Config } from "vega-lite";
import { hasOwnBackground } from "./plotSpec";

/** Okabe and Ito's colours, told apart by colour-blind readers; the first is set by the theme. */
const CATEGORIES = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#7f7f7f"];
const LIGHT_CATEGORIES = [
  "#5fb3e4",
  "#ff9f5a",
  "#4fd1a8",
  "#e8a5cc",
  "#f0e442",
  "#9ad7ff",
  "#b8b8b8",
];

/** A column as of a phone: no room for a legend at the side, in pixels. */
const NARROW = 460;

interface Colours {
  text: string;
  muted: string;
  line: string;
  dark: boolean;
}

const ON_WHITE: Colours = { text: "#1a1a1a", muted: "#555", line: "#ccc", dark: false };

/** Reads the custom properties that hold at `place`. */
function pageColours(place: HTMLElement): Colours {
  const style = getComputedStyle(place);
  const read = (name: string, otherwise: string): string =>
    style.getPropertyValue(name).trim() || otherwise;
  const theme = place.ownerDocument.documentElement.dataset["theme"];
  return {
    text: read("--fg", ON_WHITE.text),
    muted: read("--fg-muted", ON_WHITE.muted),
    line: read("--line", ON_WHITE.line),
    dark: theme === "dark" || theme === "contrast",
  };
}

/** `spec` only says whether it has a background of its own; its own configuration wins later. */
export function plotConfig(place: HTMLElement, spec: Record<string, unknown>): Config {
  const { text, muted, line, dark } = hasOwnBackground(spec) ? ON_WHITE : pageColours(place);
  const font = getComputedStyle(place).fontFamily;
  const categories = dark ? LIGHT_CATEGORIES : CATEGORIES;
  const [first] = categories;
  const narrow = place.clientWidth < NARROW;
  return {
    background: "transparent",
    font,
    title: {
      color: text,
      subtitleColor: muted,
      fontSize: 15,
      fontWeight: 600,
      // At the edge of the plot: over the part between the axes, a long one would run out of it.
      ...(narrow ? { frame: "bounds", anchor: "start" } : {}),
    },
    axis: {
      domainColor: muted,
      gridColor: line,
      tickColor: muted,
      labelColor: text,
      titleColor: text,
      labelFontSize: 12,
      labelSeparation: 8,
      titleFontSize: 12.5,
      titleFontWeight: 500,
    },
    ...(narrow ? { axisXDiscrete: { labelOverlap: true } } : {}),
    legend: {
      ...(narrow ? { orient: "bottom", columns: 1, labelLimit: place.clientWidth - 40 } : {}),
      labelColor: text,
      titleColor: text,
      labelFontSize: 12,
      titleFontSize: 12.5,
      titleFontWeight: 500,
    },
    header: { labelColor: text, titleColor: text },
    view: { stroke: "transparent" },
    style: { "guide-label": { fill: text }, "guide-title": { fill: text } },
    mark: { color: first },
    text: { color: text },
    rule: { color: text },
    range: { category: categories, ramp: { scheme: "viridis" }, heatmap: { scheme: "viridis" } },
  };
}
