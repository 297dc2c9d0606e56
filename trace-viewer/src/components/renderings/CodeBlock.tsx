import { Fragment, useMemo, type ReactNode } from "react";
import { useGrammar } from "../../hooks/useGrammar";
import { tokenize } from "../../services/highlight";
import { ScrollBox } from "../shared/ScrollBox";

interface CodeBlockProps {
  text: string;
  language?: string;
}

/** Program text with its colours; lines too long scroll. */
export function CodeBlock({ text, language = "" }: CodeBlockProps): ReactNode {
  const coloured = useGrammar(language);
  const lines = useMemo(
    () => tokenize(text.replace(/\n$/, ""), coloured ? language : ""),
    [text, language, coloured],
  );
  return (
    <ScrollBox label={language ? `Code, ${language}` : "Code"} className="code-block">
      <pre data-pending={!coloured || undefined}>
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
