import * as fc from "fast-check";
import type { Nodes } from "mdast";
import { describe, expect, it } from "vitest";
import { parseMarkdown, standsAlone } from "../src/components/renderings/markdownSyntax";
import { hasFormula, splitFormulas } from "../src/trace/formulas";
import { plainText } from "../src/trace/sections";

interface Found {
  latex: string;
  display: boolean;
}

/** The formulas that the page would set. */
function set(markdown: string): Found[] {
  const found: Found[] = [];
  const visit = (node: Nodes) => {
    if (node.type === "math") found.push({ latex: node.value, display: true });
    if (node.type === "inlineMath") {
      found.push({ latex: node.value, display: standsAlone(node, markdown) });
    }
    if ("children" in node) node.children.forEach(visit);
  };
  visit(parseMarkdown(markdown));
  return found;
}

const latex = (markdown: string) => set(markdown).map((found) => found.latex);

describe("formulas", () => {
  it.each([
    "a run costs $5M to $10M",
    "A run costs $5M, another $10M; in all $15M.",
    "from $ 5 to 6 $ each",
    "it costs $5 and $6 more",
    "$5",
    "\\$5 and \\$6",
    "`$x$` is code",
    "an empty $$",
  ])("are not in %j", (text) => {
    expect(latex(text)).toEqual([]);
    expect(hasFormula(text)).toBe(false);
  });

  it.each([
    ["$x$", ["x"]],
    ["with $x^2$, $y$.", ["x^2", "y"]],
    ["$a b$ costs $5M, as does $c$", ["a b", "c"]],
    ["$\\$5$ in math", ["\\$5"]],
    ["\\(a + b\\) and \\[c\\]", ["a + b", "c"]],
    ["\\(f\\\\(x)\\)", ["f\\\\(x)"]],
    ["over\n$a\n+b$ lines", ["a\n+b"]],
    ["$$x$$ stands alone", ["x"]],
    ["$$\nx\n$$", ["x"]],
    ["a\n$$x +\ny$$ b", ["x +\ny"]],
    ["$$x +\ny.$$", ["x +\ny."]],
    ["$$  \nx\n$$", ["x"]],
  ])("of %j are %j", (text, formulas) => {
    expect(latex(text)).toEqual(formulas);
    expect(hasFormula(text)).toBe(true);
  });

  it("with two signs or square brackets stand on lines of their own", () => {
    expect(set("a $b$ $$c$$ \\(d\\) \\[e\\]").map((found) => found.display)).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });

  it("are the same for the page and for the search", () => {
    const letters = fc.constantFrom("$", "$", "a", " ", "5", "\\", "(", ")", "[", "]", "`", ".");
    fc.assert(
      fc.property(fc.string({ unit: letters, maxLength: 24 }), (text) => {
        // Between letters: no line begins with a sign of Markdown's own, no link is meant.
        const line = `x ${text.replaceAll("](", "] (")} x`;
        const pieces = splitFormulas(line);
        expect(pieces.map((piece) => piece.text).join("")).toBe(line);
        const searched = pieces.filter((piece) => piece.formula).length;
        expect(set(line).length).toBe(searched);
      }),
      { numRuns: 2000 },
    );
  });

  it("keep their stars and underscores in a heading and in the search", () => {
    expect(plainText("The *cost* $a*b*c$ of __it__")).toBe("The cost $a*b*c$ of it");
    expect(plainText("from $5M to **$10M**")).toBe("from $5M to $10M");
  });
});
