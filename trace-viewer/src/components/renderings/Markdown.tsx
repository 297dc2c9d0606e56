/**
 * Markdown with formulas → elements. Loaded when the first text is shown (see TextView.tsx).
 *
 * No HTML of the trace passes: tags show as text. Links go through SafeLink, pictures through
 * Picture, formulas through KaTeX; headings start at level 2 below the page's own title. Elements
 * are kept by text, so that a text that scrolls back into view costs no parsing.
 */
import { createElement, type CSSProperties, type ReactElement, type ReactNode } from "react";
import ReactMarkdown, { type Components, type ExtraProps } from "react-markdown";
import { Formula } from "../shared/Formula";
import { ScrollBox } from "../shared/ScrollBox";
import { CodeBlock } from "./CodeBlock";
import { displayMath } from "./displayMath";
import { markdownSyntax } from "./markdownSyntax";
import { Picture } from "./Picture";
import { SafeLink } from "./SafeLink";

type Hast = NonNullable<ExtraProps["node"]>;

const CACHE_SIZE = 2000;
const cache = new Map<string, ReactElement>();

interface MarkdownProps {
  text: string;
  /** For paper: the lecture\'s own first heading is the page\'s. */
  paper?: boolean;
}

/** Markdown as elements, cached by text. */
export function Markdown({ text, paper = false }: MarkdownProps): ReactNode {
  const key = `${paper ? "p" : "s"}${text}`;
  const known = cache.get(key);
  if (known) return known;
  const element = parse(text, paper);
  const oldest = cache.size >= CACHE_SIZE ? cache.keys().next() : null;
  if (oldest && !oldest.done) cache.delete(oldest.value);
  cache.set(key, element);
  return element;
}

/** ReactMarkdown is a plain function of its properties: called here to keep what it returns. */
function parse(text: string, paper: boolean): ReactElement {
  return ReactMarkdown({
    children: text,
    remarkPlugins: [markdownSyntax, displayMath],
    // Addresses are judged where they are used: SafeLink and Picture.
    urlTransform: (address) => address,
    components: paper ? PAPER : COMPONENTS,
  });
}

function classesOf(node: Hast | undefined): string[] {
  const names = node?.properties["className"];
  return Array.isArray(names) ? names.map(String) : [];
}

function textOf(node: Hast | undefined): string {
  return (node?.children ?? [])
    .map((child) =>
      child.type === "text" ? child.value : child.type === "element" ? textOf(child) : "",
    )
    .join("");
}

function Inline({ node, children }: { node?: Hast; children?: ReactNode }): ReactNode {
  const classes = classesOf(node);
  if (classes.includes("math-display")) return <Formula latex={textOf(node)} display />;
  if (classes.includes("math-inline")) return <Formula latex={textOf(node)} />;
  return <code className="code-inline">{children}</code>;
}

function Block({ node }: { node?: Hast }): ReactNode {
  const code = node?.children.find((child) => child.type === "element");
  const classes = classesOf(code);
  if (classes.includes("math-display")) return <Formula latex={textOf(code)} display />;
  const language = classes.find((name) => name.startsWith("language-"))?.slice(9);
  return <CodeBlock text={textOf(code)} language={language ?? ""} />;
}

function Table({ children }: { children?: ReactNode }): ReactNode {
  return (
    <ScrollBox label="Table">
      <table className="table">{children}</table>
    </ScrollBox>
  );
}

function TaskBox({ checked }: { checked?: boolean | undefined }): ReactNode {
  return (
    <span role="img" aria-label={checked ? "done" : "to do"}>
      {checked ? "☑" : "☐"}
    </span>
  );
}

/** The ids that footnotes bring would repeat from text to text. */
function heading(level: 1 | 2 | 3 | 4 | 5 | 6, size: number) {
  const Tag = `h${level}` as const;
  return function Heading({ children }: { children?: ReactNode }): ReactNode {
    return (
      <Tag className={`heading heading-${size}`} dir="auto">
        {children}
      </Tag>
    );
  };
}

interface BlockProps {
  children?: ReactNode;
  className?: string | undefined;
  style?: CSSProperties | undefined;
  /** Of a numbered list. */
  start?: number | undefined;
}

/** Text of either direction: each block takes that of its own first letter. */
function ofItsDirection(tag: "p" | "blockquote" | "ul" | "ol" | "li" | "td" | "th") {
  return function Block({ children, className, style, start }: BlockProps): ReactNode {
    return createElement(tag, { className, style, start, dir: "auto" }, children);
  };
}

const COMPONENTS: Components = {
  p: ofItsDirection("p"),
  blockquote: ofItsDirection("blockquote"),
  ul: ofItsDirection("ul"),
  ol: ofItsDirection("ol"),
  td: ofItsDirection("td"),
  th: ofItsDirection("th"),
  li: ofItsDirection("li"),
  a: ({ href, children }) => <SafeLink address={href ?? ""}>{children}</SafeLink>,
  code: Inline,
  h1: heading(2, 1),
  h2: heading(3, 2),
  h3: heading(4, 3),
  h4: heading(5, 4),
  h5: heading(6, 5),
  h6: heading(6, 6),
  img: ({ src, alt }) => <Picture src={typeof src === "string" ? src : ""} alt={alt ?? ""} />,
  input: ({ checked }) => <TaskBox checked={checked} />,
  pre: Block,
  section: ({ children }) => <section className="footnotes">{children}</section>,
  table: Table,
};

const PAPER: Components = {
  ...COMPONENTS,
  h1: heading(1, 1),
  h2: heading(2, 2),
  h3: heading(3, 3),
  h4: heading(4, 4),
  h5: heading(5, 5),
};
