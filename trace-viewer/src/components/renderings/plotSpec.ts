/** What is done to a Vega-Lite specification of a trace before it is drawn. Pure. */

type Json = Record<string, unknown>;

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * A copy without what reaches out of the plot: `usermeta` (options for an embedding page) and the
 * places in the page where `bind` would put its inputs.
 */
export function confinedSpec(spec: Json): Json {
  return withoutBindElements(without(spec, "usermeta")) as Json;
}

function withoutBindElements(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(withoutBindElements);
  if (!isObject(part)) return part;
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => {
      if (key === "values" || key === "datasets") return [key, value];
      if (key === "bind" && isObject(value)) return [key, withoutElement(value)];
      return [key, withoutBindElements(value)];
    }),
  );
}

function without(object: Json, name: string): Json {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));
}

/** `{bind: {input, element}}` of a parameter, or `{bind: {field: {input, element}}}` of a selection. */
function withoutElement(bind: Json): Json {
  return Object.fromEntries(
    Object.entries(without(bind, "element")).map(([key, value]) => [
      key,
      isObject(value) ? withoutElement(value) : value,
    ]),
  );
}

/** Words in a plot do not shrink with it: below this many pixels they would cover each other. */
const LEAST_WITH_WORDS = 460;

/**
 * A single view without a width takes the column's, `room` pixels; composed ones keep their own.
 * With words among its marks it stays readable, and scrolls where the column is narrower.
 */
export function fittedSpec(spec: Json, room: number): Json {
  const single = "mark" in spec || "layer" in spec;
  const faceted = ["row", "column", "facet"].some((channel) => isFaceted(spec, channel));
  if (!single || faceted || "width" in spec) return spec;
  if (room >= LEAST_WITH_WORDS || !hasWords(spec)) return { ...spec, width: "container" };
  return { ...spec, width: LEAST_WITH_WORDS, autosize: { type: "fit-x", contains: "padding" } };
}

/** Whether one of its marks is text. */
function hasWords(spec: Json): boolean {
  const { mark, layer } = spec;
  const type = isObject(mark) ? mark["type"] : mark;
  return (
    type === "text" || (Array.isArray(layer) && layer.some((one) => isObject(one) && hasWords(one)))
  );
}

function isFaceted(spec: Json, channel: string): boolean {
  return isObject(spec["encoding"]) && channel in spec["encoding"];
}

/** About the width of a character of a title. */
const TITLE_CHARACTER = 8.2;

/** A title in as many lines as it needs in that many pixels: Vega would let it run out of sight. */
export function wrapTitle(spec: Json, width: number): Json {
  const { title } = spec;
  const most = Math.max(12, Math.floor(width / TITLE_CHARACTER));
  if (typeof title === "string") return { ...spec, title: breakLines(title, most) };
  if (!isObject(title) || typeof title["text"] !== "string") return spec;
  return { ...spec, title: { ...title, text: breakLines(title["text"], most) } };
}

function breakLines(text: string, most: number): string | string[] {
  if (text.length <= most) return text;
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > most) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

const ROOM_FOR_AXES = 70;
const USUAL_HEIGHT = 300;

/** Height in pixels to keep free until the plot is there. */
export function expectedHeight(spec: Json): number {
  const height = spec["height"];
  if (typeof height === "number" && Number.isFinite(height)) {
    return Math.min(2000, Math.max(0, height) + ROOM_FOR_AXES);
  }
  const parts = spec["vconcat"];
  if (!Array.isArray(parts)) return USUAL_HEIGHT + ROOM_FOR_AXES;
  return parts.reduce<number>((sum, part) => sum + (isObject(part) ? expectedHeight(part) : 0), 0);
}

/** Whether the author chose a background: then the page's text colours would not fit it. */
export function hasOwnBackground(spec: Json): boolean {
  const config = spec["config"];
  return "background" in spec || (isObject(config) && "background" in config);
}

/** In words: the description, else the title, else the mark. */
export function describePlot(spec: Json): string {
  const { description, title, mark } = spec;
  if (typeof description === "string" && description !== "") return description;
  if (typeof title === "string" && title !== "") return title;
  if (Array.isArray(title)) return title.map(String).join(" ");
  if (isObject(title) && typeof title["text"] === "string") return title["text"];
  const type = isObject(mark) ? mark["type"] : mark;
  return typeof type === "string" ? `Plot, ${type}` : "Plot";
}

interface PlotData {
  columns: string[];
  rows: (string | number | boolean | null)[][];
  length: number;
}

/** The records of the plot's own data, when it is one list of them. */
function recordsOf(spec: Json): Json[] | null {
  const data = spec["data"];
  if (!isObject(data)) return null;
  const datasets = spec["datasets"];
  const named =
    isObject(datasets) && typeof data["name"] === "string" && Object.hasOwn(datasets, data["name"])
      ? datasets[data["name"]]
      : null;
  const values = data["values"] ?? named;
  return Array.isArray(values) && values.every(isObject) ? values : null;
}

/** Fields that a mark needs a number of, to be drawn at all. */
function measuredFields(spec: Json): string[] {
  const encoding = isObject(spec["encoding"]) ? spec["encoding"] : {};
  const own = ["x", "y"].flatMap((channel) => {
    const definition = encoding[channel];
    if (!isObject(definition) || definition["type"] !== "quantitative") return [];
    const { field, aggregate, bin } = definition;
    return typeof field === "string" && aggregate === undefined && bin === undefined ? [field] : [];
  });
  const layers = Array.isArray(spec["layer"]) ? spec["layer"].filter(isObject) : [];
  return [...own, ...layers.flatMap(measuredFields)];
}

const isMissing = (value: unknown) =>
  value === null ||
  value === undefined ||
  (typeof value === "number" && !Number.isFinite(value)) ||
  (typeof value === "string" && /^(?:nan|[-+]?inf(?:inity)?|)$/i.test(value.trim()));

/** Whether there is nothing to draw: no records, or of some measured field no value in any. */
export function isWithoutValues(spec: Json): boolean {
  const records = recordsOf(spec);
  if (!records || "transform" in spec) return false;
  if (records.length === 0) return true;
  const fields = measuredFields(spec).filter((field) => !/[.[\]\\]/.test(field));
  return fields.some((field) =>
    records.every((record) => isMissing(Object.hasOwn(record, field) ? record[field] : null)),
  );
}

const MOST_ROWS = 500;

/** The plot's own data as a table, when it is one list of records. */
export function plotData(spec: Json): PlotData | null {
  const values = recordsOf(spec);
  if (!values || values.length === 0) return null;
  const records = values.slice(0, MOST_ROWS);
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const rows = records.map((record) =>
    columns.map((name) => plain(Object.hasOwn(record, name) ? record[name] : null)),
  );
  return { columns, rows, length: values.length };
}

function plain(value: unknown): string | number | boolean | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return value;
  }
  return JSON.stringify(value);
}
