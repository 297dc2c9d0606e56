import type { ReactNode } from "react";
import type { RenderingOf } from "../../trace/schema";
import { LongText } from "../shared/LongText";
import { CodeBlock } from "./CodeBlock";

/** Colours and cursor movements for a terminal. */
// eslint-disable-next-line no-control-regex -- the escape character is the point
const TERMINAL_CODES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07)/g;

/** A system command as in a terminal, with what it printed. */
export function CommandView({ rendering }: { rendering: RenderingOf<"command"> }): ReactNode {
  const { command, text, exit_code = 0 } = rendering;
  const printed = text.replace(TERMINAL_CODES, "");
  return (
    <div className="command">
      <p className="command-line">
        <span className="muted" aria-hidden="true">
          ${" "}
        </span>
        <code>{command}</code>
        {exit_code !== 0 && <span className="command-failed">exit code {exit_code}</span>}
      </p>
      {printed !== "" && <LongText text={printed} lines={24} characters={4000} />}
    </div>
  );
}

/** Code that the lecture shows as text. */
export function CodeView({ rendering }: { rendering: RenderingOf<"code"> }): ReactNode {
  return <CodeBlock text={rendering.text} language={rendering.language ?? ""} />;
}
