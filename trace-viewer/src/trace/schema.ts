/** The trace file's types under the names that the viewer uses. Generated ones are re-exported. */
import type { Rendering, Step, Value } from "./schema.generated";

export type * from "./schema.generated";

/** The format version that this viewer reads; `SCHEMA_VERSION` of the engine. */
export const SCHEMA_VERSION = 2;

/** A value that plain JSON cannot say; `kind` tells them apart. */
export type TaggedValue = Extract<Value, { kind: string }>;
/** Every `kind` of a value. */
export type ValueKind = TaggedValue["kind"];

/** Every `kind` of a rendering. */
export type RenderingKind = Rendering["kind"];
/** The rendering of one kind, such as `RenderingOf<"plot">`. */
export type RenderingOf<K extends RenderingKind> = Extract<Rendering, { kind: K }>;

/** New and changed expressions of one step, by name. */
export type Changes = NonNullable<Step["changes"]>;

/** Whether a value is one of the tagged kinds (not plain JSON). */
export function isTagged(value: Value): value is TaggedValue {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
