import { useId, useMemo, type ReactNode } from "react";
import type { RenderingOf } from "../../trace/schema";
import { Disclosure } from "../shared/Disclosure";
import { lazyModule } from "../shared/lazyModule";
import { ScrollBox } from "../shared/ScrollBox";
import type { PlacedEdge, PlacedGraph, PlacedNode } from "./graphLayout";
import { graphSentences, groupNumbers, LINE_HEIGHT } from "./graphText";

const layouts = lazyModule(() => import("./graphLayout"));

type Graph = RenderingOf<"graph">;

/** Above this the layout takes seconds and the drawing says nothing. */
const MOST_PARTS = 600;
const ROOM = { width: 720, height: 560 };

/** A graph as a drawing and as a list. */
export function GraphView({ rendering }: { rendering: Graph }): ReactNode {
  const sentences = graphSentences(rendering);
  const large = rendering.nodes.length + rendering.edges.length > MOST_PARTS;
  const size = `${rendering.nodes.length} nodes, ${rendering.edges.length} edges`;
  return (
    <figure className="graph" aria-label={`Graph, ${size}`}>
      {large ? (
        <p className="muted">This graph is too large to draw ({size}): here it is as a list.</p>
      ) : (
        <Drawing graph={rendering} label={`Graph, ${size}`} />
      )}
      <Groups graph={rendering} />
      <Disclosure open={large} summary={<span className="muted">Graph as a list</span>}>
        {() => (
          <ul className="graph-list">
            {sentences.map((sentence, index) => (
              <li key={index}>{sentence}</li>
            ))}
          </ul>
        )}
      </Disclosure>
    </figure>
  );
}

/** Colours are named only where there are groups. */
function Groups({ graph }: { graph: Graph }): ReactNode {
  const groups = groupNumbers(graph);
  if (groups.size === 0) return null;
  return (
    <ul className="graph-groups">
      {[...groups].map(([name, number]) => (
        <li key={name}>
          <span className={`graph-patch ${groupClass(number)}`} aria-hidden="true" /> {name}
        </li>
      ))}
    </ul>
  );
}

function groupClass(number: number): string {
  return number === 0 ? "graph-group-none" : `graph-group-${(number - 1) % 6}`;
}

function Drawing({ graph, label }: { graph: Graph; label: string }): ReactNode {
  const loaded = layouts.use();
  const placed = useMemo(
    () =>
      loaded.state === "ready" ? loaded.module.layoutGraph(graph, groupNumbers(graph), ROOM) : null,
    [loaded, graph],
  );
  if (loaded.state === "failed") return <p className="muted">The drawing could not be loaded.</p>;
  if (!placed) return <div className="graph-waiting" data-pending />;
  return (
    <ScrollBox label={label}>
      <Paper placed={placed} directed={graph.directed ?? true} label={label} />
    </ScrollBox>
  );
}

const ARROW_LENGTH = 8;

function Paper(props: { placed: PlacedGraph; directed: boolean; label: string }): ReactNode {
  const { placed, directed, label } = props;
  const arrow = useId();
  const { width, height } = placed;
  return (
    <svg
      className="graph-paper"
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      preserveAspectRatio="xMinYMid"
      role="img"
      aria-label={label}
    >
      <defs>
        <marker
          id={arrow}
          viewBox="0 0 8 8"
          refX={ARROW_LENGTH}
          refY={4}
          markerWidth={ARROW_LENGTH}
          markerHeight={8}
          markerUnits="userSpaceOnUse"
          orient="auto"
        >
          <path className="graph-arrow" d="M0,0L8,4L0,8Z" />
        </marker>
      </defs>
      {placed.edges.map((edge, index) => (
        <Edge key={index} placed={edge} marker={directed ? `url(#${arrow})` : undefined} />
      ))}
      {placed.nodes.map((node) => (
        <Node key={node.id} node={node} />
      ))}
    </svg>
  );
}

function Edge({ placed, marker }: { placed: PlacedEdge; marker: string | undefined }): ReactNode {
  return (
    <g>
      <path className="graph-edge" d={placed.path} markerEnd={marker} />
      {placed.label && (
        <text className="graph-edge-label" x={placed.label.x} y={placed.label.y}>
          {placed.edge.label}
        </text>
      )}
    </g>
  );
}

function Node({ node }: { node: PlacedNode }): ReactNode {
  const { x, y, width, height, lines } = node;
  const top = y - ((lines.length - 1) * LINE_HEIGHT) / 2;
  return (
    <g className={`graph-node ${groupClass(node.group)}`}>
      <rect x={x - width / 2} y={y - height / 2} width={width} height={height} rx={6} />
      {lines.map((line, index) => (
        <text key={index} x={x} y={top + index * LINE_HEIGHT}>
          {line}
        </text>
      ))}
    </g>
  );
}
