import { useState, type ReactNode } from "react";
import { useRenderingScope } from "../shared/renderingScope";
import { isRelativePath } from "./links";
import { Missing } from "./Missing";
import { markPaper } from "./paperPicture";

interface PictureProps {
  /** Path relative to the checkout. */
  src: string;
  alt: string;
  width?: number | null;
}

/** A picture of the checkout; one that cannot be had leaves a note in its place. */
export function Picture({ src, alt, width }: PictureProps): ReactNode {
  const scope = useRenderingScope();
  const [failed, setFailed] = useState<string | null>(null);
  const address = isRelativePath(src) ? (scope?.resolveAsset(src) ?? null) : null;
  if (address === null) return <Missing what={alt || src} reason="not a file of this lecture" />;
  if (failed === address) return <Missing what={alt || src} reason={`${src} cannot be read`} />;
  return (
    <img
      className="picture"
      src={address}
      alt={alt}
      width={width ?? undefined}
      decoding="async"
      onLoad={(event) => markPaper(event.currentTarget)}
      onError={() => setFailed(address)}
    />
  );
}
