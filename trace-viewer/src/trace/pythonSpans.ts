/** Spans of Python statements, for traces that do not carry them. */
import { parser } from "@lezer/python";

const SIMPLE = new Set([
  "AssignStatement",
  "AssertStatement",
  "BreakStatement",
  "ContinueStatement",
  "DeleteStatement",
  "ExpressionStatement",
  "ImportStatement",
  "PassStatement",
  "PrintStatement",
  "RaiseStatement",
  "ReturnStatement",
  "ScopeStatement",
  "StatementGroup",
  "TypeDefinition",
  "UpdateStatement",
  "YieldStatement",
]);

/** First and last line (from 1) of each simple statement or block header with several lines. */
export function statementSpans(text: string): [number, number][] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  const lineAt = (offset: number): number => {
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const spans: [number, number][] = [];
  const add = (from: number, to: number) => {
    const span: [number, number] = [lineAt(from), lineAt(Math.max(to - 1, from))];
    if (span[1] > span[0]) spans.push(span);
  };
  parser.parse(text).iterate({
    enter: (node) => {
      if (SIMPLE.has(node.name)) add(node.from, node.to);
      if (node.name === "Body" && node.node.parent) add(node.node.parent.from, node.from + 1);
      return true;
    },
  });
  return spans;
}
