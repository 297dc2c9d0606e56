/** Values of the lecture: full, on one line, as a change, as a history. */
export { InlineValue } from "./InlineValue";
export { Sparkline, ValueDiff } from "./lazyViews";
export { ValueView } from "./ValueView";
export { asNumber } from "./kinds";
export { pythonText } from "./format";
