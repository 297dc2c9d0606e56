import type { ReactNode } from "react";
import type { RenderingOf } from "../../trace/schema";
import { codeAnchor } from "../../trace/linkedCode";
import { Disclosure } from "../shared/Disclosure";
import { useRenderingScope } from "../shared/renderingScope";
import { hostOf, safeLink } from "./links";
import { MarkdownText } from "./MarkdownText";
import { SafeLink } from "./SafeLink";

type Link = RenderingOf<"link">;

const MOST_AUTHORS = 6;

/** A link, or a citation as a card: title, authors, where and when, abstract on request. */
export function LinkView({ rendering }: { rendering: Link }): ReactNode {
  const { url, title = "", description = "", notes = "" } = rendering;
  const about = aboutOf(rendering);
  return (
    <article className="citation" aria-label={title || url}>
      <SafeLink address={url} className="citation-title">
        {title || url}
      </SafeLink>
      {about !== "" && <p className="citation-about">{about}</p>}
      {notes !== "" && <MarkdownText text={notes} />}
      {description !== "" && (
        <Disclosure summary="Abstract">{() => <MarkdownText text={description} />}</Disclosure>
      )}
    </article>
  );
}

function authorsText(authors: readonly string[]): string {
  if (authors.length <= MOST_AUTHORS) return authors.join(", ");
  return `${authors.slice(0, MOST_AUTHORS - 1).join(", ")} and ${
    authors.length - MOST_AUTHORS + 1
  } others`;
}

/** Authors, organization, date and host; for an address that is refused, the address itself. */
function aboutOf({ url, title = "", authors = [], organization = "", date = "" }: Link): string {
  const link = safeLink(url);
  const host = link === null ? `not a link: ${url}` : title === "" ? "" : hostOf(link);
  return [authorsText(authors), organization, date, host].filter((part) => part !== "").join(" · ");
}

/** A press opens the code beside the lecture. */
export function SourceView({ rendering }: { rendering: RenderingOf<"source"> }): ReactNode {
  const { path, first, last, name, title = "" } = rendering;
  const scope = useRenderingScope();
  const lines = first === last ? `line ${first}` : `lines ${first}–${last}`;
  const card = (
    <>
      <span className="source-mark" aria-hidden="true">
        {"</>"}
      </span>
      <span className="source-name">
        <code>{name}</code>
        {title !== "" && title !== name && <span className="source-title">{title}</span>}
      </span>
      <span className="source-place">
        {path}, {lines}
      </span>
    </>
  );
  if (scope?.paper) {
    return (
      <a
        id={scope.cardAnchors?.get(rendering)}
        className="source-link"
        href={`#${codeAnchor(rendering)}`}
      >
        {card}
      </a>
    );
  }
  return (
    <button
      type="button"
      className="source-button source-link"
      disabled={scope === null}
      onClick={() => scope?.openSource(path, first, last, name)}
    >
      {card}
    </button>
  );
}
