/**
 * Draws a Vega-Lite specification. Loaded when the first plot is shown (see PlotView.tsx).
 *
 * Expressions run in Vega's interpreter, never as compiled JavaScript; the loader refuses every
 * address, so that a plot can show only the data inside the trace; links pass the allow-list.
 */
import { parse, View, type Loader, type LoggerInterface, type TooltipHandler } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { compile, type TopLevelSpec } from "vega-lite";
import { safeLink } from "./links";
import { confinedSpec, fittedSpec, wrapTitle } from "./plotSpec";
import { simplifyOpacity } from "./paperMarks";
import { plotConfig } from "./plotTheme";

interface DrawnPlot {
  /** What went wrong while drawing; the plot may still show something. */
  problems: string[];
  remove: () => void;
}

/** Above this many characters of data, many SVG elements: a canvas is faster then. */
const LARGE = 400_000;

/**
 * Draws into `place`, which is hidden from assistive technology: PlotView names the plot and has
 * its data as a table, where Vega would announce each mark. Rejects when the specification is not
 * one.
 */
export async function drawPlot(
  place: HTMLElement,
  original: Record<string, unknown>,
  paper = false,
): Promise<DrawnPlot> {
  place.ariaHidden = "true";
  const problems: string[] = [];
  const logger = collectingLogger(problems);
  const fitted = fittedSpec(confinedSpec(original), place.clientWidth);
  const spec = wrapTitle(fitted, place.clientWidth) as unknown as TopLevelSpec;
  const compiled = compileSpec(() =>
    compile(spec, { logger, config: plotConfig(place, original) }),
  );
  const view = new View(parse(compiled.spec, undefined, { ast: true }), {
    container: place,
    expr: expressionInterpreter,
    hover: true,
    loader: closedLoader(problems),
    logger,
    renderer: JSON.stringify(original).length > LARGE ? "canvas" : "svg",
    tooltip: tooltip(place),
  });
  await view.runAsync();
  if (paper) simplifyOpacity(place);
  return { problems, remove: () => void view.finalize() };
}

/** The compiler trips over a wrong specification wherever it happens to look first: say what it is. */
function compileSpec<T>(compiled: () => T): T {
  try {
    return compiled();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`not a Vega-Lite specification: ${reason}`, { cause: error });
  }
}

function closedLoader(problems: string[]): Loader {
  const refuse = (address: string): Promise<never> => {
    problems.push(`not loaded: ${address} (a plot shows only data that is in the trace)`);
    return Promise.reject(new Error(`refused: ${address}`));
  };
  return {
    load: refuse,
    http: refuse,
    file: refuse,
    sanitize: (address, options) => {
      const link = options.context === "href" ? safeLink(address) : null;
      if (link === null) return refuse(address);
      return Promise.resolve({ href: link, target: "_blank", rel: "noopener noreferrer" });
    },
  };
}

function collectingLogger(problems: string[]): LoggerInterface {
  const keep = (...parts: readonly unknown[]): LoggerInterface => {
    const text = parts
      .map((part) => (part instanceof Error ? part.message : String(part)))
      .join(" ");
    // The loader has said it in better words.
    if (!/^(Loading failed|refused)/.test(text)) problems.push(text);
    return logger;
  };
  const ignore = (): LoggerInterface => logger;
  const level = ((_level?: number) =>
    _level === undefined ? 1 : logger) as LoggerInterface["level"];
  const logger: LoggerInterface = { level, error: keep, warn: ignore, info: ignore, debug: ignore };
  return logger;
}

/** Text beside the pointer; never HTML. */
function tooltip(place: HTMLElement): TooltipHandler {
  const box = document.createElement("div");
  box.className = "plot-tooltip";
  box.hidden = true;
  return (_handler, event, _item, value: unknown) => {
    box.hidden = value === null || value === undefined || value === "";
    if (box.hidden) return;
    if (!box.isConnected) place.append(box);
    box.textContent = tooltipText(value);
    const frame = place.getBoundingClientRect();
    const { clientX, clientY } = event;
    box.style.left = `${Math.min(clientX - frame.left + 12, frame.width - box.offsetWidth)}px`;
    box.style.top = `${clientY - frame.top + 14}px`;
  };
}

function tooltipText(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value)
    .map(
      ([name, part]) =>
        `${name}: ${typeof part === "object" ? JSON.stringify(part) : String(part)}`,
    )
    .join("\n");
}
