import { Fragment } from "react";

/** A name that may be broken where its parts meet (`_`, `.`, `[`), and nowhere else. */
export function Name({ text }: { text: string }) {
  const parts = text.split(/(?<=[_.,/(])|(?=\[)/);
  return parts.map((part, at) => (
    <Fragment key={at}>
      {at > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}
