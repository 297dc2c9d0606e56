/** Several processes side by side: a column for each rank; where there is no room, one at a time. */
import { useEffect, useId, useRef, useState, type ReactNode, type RefObject } from "react";
import type { RenderingOf } from "../../trace/schema";
import { LongText } from "../shared/LongText";
import { useRenderingScope } from "../shared/renderingScope";
import { ScrollBox } from "../shared/ScrollBox";
import { ValueView } from "../values/ValueView";
import { ProvenanceDetails, provenanceText } from "./Provenance";

type Ranks = RenderingOf<"ranks">;
type Rank = Ranks["ranks"][number];

/** Below this many pixels a column one rank is shown at a time. */
const COLUMN = 170;

/** Whether `count` columns do not fit beside each other. */
function useNarrow(box: RefObject<HTMLElement | null>, count: number): boolean {
  const [narrow, setNarrow] = useState(false);
  useEffect(() => {
    const element = box.current;
    if (!element || typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(() =>
      setNarrow(element.clientWidth < Math.min(count, 3) * COLUMN),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [box, count]);
  return narrow;
}

/** What each rank ended with: values by name, prints, and how it ended if not by returning. */
export function RanksView({ rendering }: { rendering: Ranks }): ReactNode {
  const { title = "", ranks, recorded = false, provenance } = rendering;
  const box = useRef<HTMLElement>(null);
  const narrow = useNarrow(box, ranks.length);
  const paper = useRenderingScope()?.paper === true;
  return (
    <figure ref={box} className="ranks" aria-label={title || "Ranks"}>
      <figcaption className="benchmark-head">
        {title !== "" && <strong>{title}</strong>}
        {provenance && (
          <span className={`provenance provenance-${recorded ? "recorded" : "measured"}`}>
            {provenanceText(recorded, provenance)}
          </span>
        )}
      </figcaption>
      {narrow && !paper ? <OneRank ranks={ranks} /> : <AllRanks ranks={ranks} title={title} />}
      {provenance && <ProvenanceDetails provenance={provenance} />}
    </figure>
  );
}

const namesOf = (ranks: readonly Rank[]): string[] => [
  ...new Set(ranks.flatMap((rank) => Object.keys(rank.values ?? {}))),
];

const valueOf = (rank: Rank, name: string) =>
  Object.hasOwn(rank.values ?? {}, name) ? rank.values?.[name] : undefined;

function AllRanks({ ranks, title }: { ranks: readonly Rank[]; title: string }): ReactNode {
  const printed = ranks.some((rank) => rank.stdout);
  const ended = ranks.some((rank) => rank.ended);
  return (
    <ScrollBox label={title || "Ranks"}>
      <table className="table ranks-table">
        <thead>
          <tr>
            <td />
            {ranks.map((rank, at) => (
              <th key={at} scope="col">
                rank {rank.rank}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {namesOf(ranks).map((name) => (
            <tr key={name}>
              <th scope="row">
                <code>{name}</code>
              </th>
              {ranks.map((rank, at) => (
                <td key={at}>
                  <RankValue rank={rank} name={name} />
                </td>
              ))}
            </tr>
          ))}
          {printed && (
            <tr>
              <th scope="row">printed</th>
              {ranks.map((rank, at) => (
                <td key={at}>{rank.stdout && <LongText text={rank.stdout} lines={12} />}</td>
              ))}
            </tr>
          )}
          {ended && (
            <tr>
              <th scope="row">ended</th>
              {ranks.map((rank, at) => (
                <td key={at}>
                  <Ended text={rank.ended ?? ""} />
                </td>
              ))}
            </tr>
          )}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function RankValue({ rank, name }: { rank: Rank; name: string }): ReactNode {
  const value = valueOf(rank, name);
  if (value === undefined) return <span className="muted">–</span>;
  return <ValueView value={value} compact />;
}

function Ended({ text }: { text: string }): ReactNode {
  if (text === "") return <span className="muted">returned</span>;
  return <span className="rank-ended">✗ {text}</span>;
}

function OneRank({ ranks }: { ranks: readonly Rank[] }): ReactNode {
  const [chosen, setChosen] = useState(0);
  const group = useId();
  const rank = ranks[Math.min(chosen, ranks.length - 1)];
  if (!rank) return null;
  return (
    <>
      <fieldset className="rank-choice">
        <legend className="visually-hidden">Rank</legend>
        {ranks.map((each, at) => (
          <label key={at}>
            <input
              type="radio"
              name={group}
              checked={each === rank}
              onChange={() => setChosen(at)}
            />
            <span>
              rank {each.rank}
              {each.ended && " ✗"}
            </span>
          </label>
        ))}
      </fieldset>
      <dl className="rank-values" aria-live="polite">
        {namesOf(ranks).map((name) => (
          <div key={name}>
            <dt>
              <code>{name}</code>
            </dt>
            <dd>
              <RankValue rank={rank} name={name} />
            </dd>
          </div>
        ))}
        {rank.stdout && (
          <div>
            <dt>printed</dt>
            <dd>
              <LongText text={rank.stdout} lines={12} />
            </dd>
          </div>
        )}
        {rank.ended && (
          <div>
            <dt>ended</dt>
            <dd>
              <Ended text={rank.ended} />
            </dd>
          </div>
        )}
      </dl>
    </>
  );
}
