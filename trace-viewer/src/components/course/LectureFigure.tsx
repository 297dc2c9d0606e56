/**
 * The picture that a lecture is remembered by, drawn small: the plot itself, from the figures of
 * the course. What draws it is fetched and run only when the card comes near the reader's view.
 */
import { useEffect, useRef, useState, type ReactNode, type RefObject } from "react";
import type { Figure } from "../../course/schema.generated";
import { useDocument } from "../../hooks/useDocument";
import { formatAddress } from "../../state/urlState";
import { Thumbnail, type Drawable } from "../renderings/Thumbnail";
import { Guard } from "../shared/Guard";

/** Pixels around the window within which figures are drawn already. */
const AHEAD = 300;

/** Whether the element is near the view, or was. */
function useSeen(place: RefObject<HTMLElement | null>): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) setSeen(true);
      },
      { rootMargin: `${AHEAD}px` },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [place]);
  return seen;
}

const KINDS = ["plot", "image", "graph"];

/** The figure's rendering, if it is one that can be drawn small. */
function drawable({ rendering }: Figure): Drawable | null {
  const kind = rendering["kind"];
  return typeof kind === "string" && KINDS.includes(kind)
    ? (rendering as unknown as Drawable)
    : null;
}

/** A place for the figure, kept free until it is known whether there is one. */
export function LectureFigure({ lecture }: { lecture: string }): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const seen = useSeen(place);
  return (
    <div ref={place} className="card-figure">
      {seen && <Drawn lecture={lecture} />}
    </div>
  );
}

function Drawn({ lecture }: { lecture: string }): ReactNode {
  const asked = useDocument("figures");
  const figure = asked.state === "ready" ? asked.document.figures[lecture] : undefined;
  const rendering = figure && drawable(figure);
  if (!figure || !rendering) return null;
  // The title beside it leads to the lecture, too: one stop for the keyboard is enough.
  return (
    <a href={formatAddress({ trace: lecture, step: figure.step })} tabIndex={-1} aria-hidden="true">
      <Guard subject={rendering}>
        <Thumbnail rendering={rendering} />
      </Guard>
    </a>
  );
}
