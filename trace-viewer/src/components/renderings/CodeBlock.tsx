import { Fragment, useMemo, type ReactNode } from "react";
import { tokenize } from "../../services/highlight";
import { ScrollBox } from "../shared/ScrollBox";

interface CodeBlockProps {
  text: string;
  language?: string;
}

const PYTHON = new Set(["python", "py", "python3", "pycon"]);

/** Program text with its colours; lines too long scroll. */
export function CodeBlock({ text, language = "" }: CodeBlockProps): ReactNode {
  const name = language.toLowerCase();
  const lines = useMemo(
    () => tokenize(text.replace(/\n$/, ""), PYTHON.has(name) ? "python" : name),
    [text, name],
  );
  return (
    <ScrollBox label={language ? `Code, ${language}` : "Code"} className="code-block">
      <pre>
        <code>
          {lines.map((line, index) => (
            <Fragment key={index}>
              {index > 0 && "\n"}
              {line.map(([piece, className], place) =>
                className === "" ? (
                  piece
                ) : (
                  <span key={place} className={className}>
                    {piece}
                  </span>
                ),
              )}
            </Fragment>
          ))}
        </code>
      </pre>
    </ScrollBox>
  );
}
