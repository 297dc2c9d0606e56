/** Pictures and films of the checkout. */
import { useState, type ReactNode } from "react";
import type { RenderingOf } from "../../trace/schema";
import { useRenderingScope } from "../shared/renderingScope";
import { hostOf, isRelativePath, safeLink } from "./links";
import { Missing } from "./Missing";
import { Picture } from "./Picture";
import { SafeLink } from "./SafeLink";

/** A picture of the checkout, with where it came from. */
export function ImageView({ rendering }: { rendering: RenderingOf<"image"> }): ReactNode {
  const { src, alt = "", width = null, origin = "" } = rendering;
  return (
    <figure className="media">
      <Picture src={src} alt={alt} width={width} />
      <Origin address={origin} />
    </figure>
  );
}

/** Where a downloaded file came from. */
function Origin({ address }: { address: string }): ReactNode {
  if (address === "" || safeLink(address) === null) return null;
  return (
    <figcaption className="media-origin">
      from <SafeLink address={address}>{hostOf(address)}</SafeLink>
    </figcaption>
  );
}

/** A film of the checkout, with where it came from. */
export function VideoView({ rendering }: { rendering: RenderingOf<"video"> }): ReactNode {
  const { src, width, origin = "" } = rendering;
  const scope = useRenderingScope();
  const [failed, setFailed] = useState(false);
  const address = isRelativePath(src) ? (scope?.resolveAsset(src) ?? null) : null;
  const reason = address === null ? "not a file of this lecture" : `${src} cannot be played`;
  return (
    <figure className="media">
      {address === null || failed ? (
        <Missing what={src} reason={reason} />
      ) : (
        <video
          src={address}
          width={width ?? undefined}
          controls
          preload="metadata"
          aria-label={`Film ${src.slice(src.lastIndexOf("/") + 1)}`}
          onError={() => setFailed(true)}
        />
      )}
      <Origin address={origin} />
    </figure>
  );
}
