import type { ReactNode } from "react";

interface MissingProps {
  what: string;
  reason: string;
}

/** The place of something that could not be had. A span, since pictures stand within text. */
export function Missing({ what, reason }: MissingProps): ReactNode {
  return (
    <span className="missing" role="note">
      <strong>Not shown:</strong> <span className="missing-what">{what}</span>
      <span className="missing-reason">{reason}</span>
    </span>
  );
}
