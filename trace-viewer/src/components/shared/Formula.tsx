import { useLayoutEffect, useRef, type ReactNode } from "react";
import { lazyModule } from "./lazyModule";
import { ScrollBox } from "./ScrollBox";
import type { Typeset } from "./typeset";
import "./formula.css";

const typesetter = lazyModule(() => import("./typeset"));

/** Starts loading the typesetting, when it is known that formulas will come. */
export const preloadFormulas = typesetter.preload;

interface FormulaProps {
  latex: string;
  /** On a line of its own. */
  display?: boolean;
}

/** A formula; its source until typesetting has loaded; its marked source when it is wrong. */
export function Formula({ latex, display = false }: FormulaProps): ReactNode {
  const loaded = typesetter.use();
  if (loaded.state === "loading") return <Source latex={latex} display={display} />;
  if (loaded.state === "failed") return <code className="formula">{latex}</code>;
  const result = loaded.module.typeset(latex, display);
  if (result.kind === "wrong") {
    return <WrongFormula latex={latex} display={display} message={result.message} />;
  }
  return <Set result={result} display={display} />;
}

function Source({ latex, display }: Required<FormulaProps>): ReactNode {
  return (
    <code className={display ? "formula formula-display" : "formula"} data-pending>
      {latex}
    </code>
  );
}

function Set({
  result,
  display,
}: {
  result: Extract<Typeset, { kind: "formula" }>;
  display: boolean;
}): ReactNode {
  const place = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    place.current?.replaceChildren(...result.template.cloneNode(true).childNodes);
  }, [result]);
  const formula = <span className="formula" ref={place} />;
  if (!display) return formula;
  return (
    <ScrollBox label="Formula" className="formula-display" inline>
      {formula}
    </ScrollBox>
  );
}

function WrongFormula({
  latex,
  display,
  message,
}: Required<FormulaProps> & { message: string }): ReactNode {
  return (
    <span
      className={display ? "formula formula-display formula-wrong" : "formula formula-wrong"}
      title={message}
    >
      <span className="formula-mark" aria-hidden="true">
        ⚠
      </span>
      <span className="visually-hidden">Wrong formula: </span>
      <code>{latex}</code>
      {display && <span className="formula-message">{message}</span>}
    </span>
  );
}
