/** A Vega-Lite specification as it is drawn small, where only its shape is to be seen. Pure. */

type Json = Record<string, unknown>;

/** Pixels in which a single view is drawn before the page makes it smaller. */
export const ROOM = { width: 420, height: 262 };

const LARGER = { labelFontSize: 14, titleFontSize: 14 };
/** What is taken out, wherever it stands: words beside the plot. */
const WORDS = new Set(["title", "legend"]);

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Without legends, and without the titles of the parts. */
function quiet(part: unknown, inside: boolean): unknown {
  if (Array.isArray(part)) return part.map((one) => quiet(one, inside));
  if (!isObject(part)) return part;
  const entries = Object.entries(part).map(([key, value]): [string, unknown] => {
    if (key === "data" || key === "datasets" || key === "values") return [key, value];
    if (key === "legend") return [key, null];
    return [key, quiet(value, true)];
  });
  return Object.fromEntries(inside ? entries : entries.filter(([key]) => !WORDS.has(key)));
}

/** The same plot without title and legend, with few and large labels, in the room of a thumbnail. */
export function thumbnailSpec(spec: Json): Json {
  const config = isObject(spec["config"]) ? spec["config"] : {};
  const axis = isObject(config["axis"]) ? config["axis"] : {};
  const bare = quiet(spec, false) as Json;
  const single = "mark" in spec || "layer" in spec;
  const encoding = isObject(spec["encoding"]) ? spec["encoding"] : {};
  const faceted = ["row", "column", "facet"].some((channel) => channel in encoding);
  return {
    ...bare,
    ...(single && !faceted ? { ...ROOM, autosize: { type: "fit", contains: "padding" } } : {}),
    config: {
      ...config,
      axis: { ...axis, ...LARGER, tickCount: 4, labelOverlap: "greedy" },
      legend: { disable: true },
    },
  };
}
