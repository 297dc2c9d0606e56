/** A remark step: `$$…$$` and `\[…\]` within a line are set on a line of their own. */
import type { Nodes, Root } from "mdast";
import type { VFile } from "vfile";

/** Marks formulas that stand on a line of their own. */
export function displayMath() {
  return (tree: Root, file: VFile): void => mark(tree, String(file));
}

function mark(node: Nodes, text: string): void {
  if ("children" in node) for (const child of node.children) mark(child, text);
  // remark-math's own node type, which mdast does not know.
  if ((node.type as string) !== "inlineMath") return;
  const start = node.position?.start.offset;
  if (start === undefined || !/^(?:\$\$|\\\[)/.test(text.slice(start, start + 2))) return;
  const className = ["language-math", "math-display"];
  node.data = { ...node.data, hProperties: { className } };
}
