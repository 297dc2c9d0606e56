import type { ReactNode } from "react";
import { isOutside, safeLink } from "./links";

interface SafeLinkProps {
  address: string;
  children: ReactNode;
  className?: string;
}

/** A link if its address is allowed, else its text with the address readable beside it. */
export function SafeLink({ address, children, className }: SafeLinkProps): ReactNode {
  const link = safeLink(address);
  if (link === null) {
    return (
      <span className="link-refused" title={`Not a link: ${address}`}>
        {children}
      </span>
    );
  }
  const outside = isOutside(link) ? { target: "_blank", rel: "noopener noreferrer" } : {};
  return (
    <a href={link} className={className} {...outside}>
      {children}
    </a>
  );
}
