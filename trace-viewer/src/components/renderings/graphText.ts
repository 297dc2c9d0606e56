/** A graph in words, and the words on its nodes. Pure, without the layout library. */
import type { GraphNode, RenderingOf } from "../../trace/schema";

/** In pixels, of the text on nodes. */
export const LINE_HEIGHT = 17;

/** What is written on a node. */
export function nodeName({ id, label = "" }: GraphNode): string {
  return label === "" ? id : label;
}

const LINE = 22;
const MOST_LINES = 4;

/** Lines of at most 22 characters, broken at spaces where there are any. */
export function wrapLabel(label: string): string[] {
  const lines = label.split("\n").flatMap(wrapLine);
  if (lines.length <= MOST_LINES) return lines;
  return [...lines.slice(0, MOST_LINES - 1), `${lines[MOST_LINES - 1] ?? ""}…`];
}

function wrapLine(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap(chop)) {
    if (line !== "" && line.length + 1 + word.length > LINE) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function chop(word: string): string[] {
  const letters = Array.from(word);
  if (letters.length <= LINE) return [word];
  return [letters.slice(0, LINE).join(""), ...chop(letters.slice(LINE).join(""))];
}

/** Groups get numbers from 1 in order of their first node; 0 is no group. */
export function groupNumbers(graph: RenderingOf<"graph">): Map<string, number> {
  const groups = new Map<string, number>();
  for (const { group = "" } of graph.nodes) {
    if (group !== "" && !groups.has(group)) groups.set(group, groups.size + 1);
  }
  return groups;
}

/** One line for each edge, and for each node without any: `a → b (label)`. */
export function graphSentences(graph: RenderingOf<"graph">): string[] {
  const names = new Map(graph.nodes.map((node) => [node.id, nodeName(node)]));
  const nameOf = (id: string): string => (names.get(id) ?? id).replaceAll("\n", " ");
  const arrow = (graph.directed ?? true) ? "→" : "–";
  const touched = new Set(graph.edges.flatMap(({ source, target }) => [source, target]));
  return [
    ...graph.edges.map(({ source, target, label = "" }) => {
      const line = `${nameOf(source)} ${arrow} ${nameOf(target)}`;
      return label === "" ? line : `${line} (${label})`;
    }),
    ...graph.nodes.filter(({ id }) => !touched.has(id)).map(({ id }) => nameOf(id)),
  ];
}
