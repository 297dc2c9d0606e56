import type { TokenLine } from "../../services/highlight";

/** The tokens of a line, in their colours. */
export function Tokens({ tokens }: { tokens: TokenLine }) {
  return tokens.map(([text, className], at) =>
    className === "" ? (
      text
    ) : (
      <span key={at} className={className}>
        {text}
      </span>
    ),
  );
}
