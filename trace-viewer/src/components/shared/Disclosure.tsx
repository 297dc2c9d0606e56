import { useState, type ReactNode } from "react";

interface DisclosureProps {
  summary: ReactNode;
  /** Shown beside the summary while closed. */
  preview?: ReactNode;
  open?: boolean;
  children: () => ReactNode;
}

/** A line that opens; what is inside is made only when it is open. */
export function Disclosure({
  summary,
  preview,
  open = false,
  children,
}: DisclosureProps): ReactNode {
  const [isOpen, setOpen] = useState(open);
  return (
    <div className="disclosure">
      <button
        type="button"
        className="disclosure-button"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <span className="disclosure-mark" aria-hidden="true" />
        {summary}
      </button>
      {!isOpen && preview}
      {isOpen && <div className="disclosure-body">{children()}</div>}
    </div>
  );
}
