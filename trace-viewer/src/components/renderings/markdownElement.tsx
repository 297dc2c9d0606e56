/**
 * The tree of a text (mdast) → elements.
 *
 * No HTML of the trace passes: tags show as text. Links go through SafeLink, pictures through
 * Picture, formulas through KaTeX. Blocks take the direction of their own first letter (`dir`).
 */
import type {
  BlockContent,
  Definition,
  DefinitionContent,
  FootnoteDefinition,
  FootnoteReference,
  Heading,
  ImageReference,
  LinkReference,
  List,
  ListItem,
  Nodes,
  PhrasingContent,
  Root,
  RootContent,
  Table,
  TableRow,
} from "mdast";
import { Fragment, type ReactElement, type ReactNode } from "react";
import { Formula } from "../shared/Formula";
import { ScrollBox } from "../shared/ScrollBox";
import { CodeBlock } from "./CodeBlock";
import { standsAlone } from "./markdownSyntax";
import { Picture } from "./Picture";
import { SafeLink } from "./SafeLink";

type Flow = RootContent | BlockContent | DefinitionContent;

/** What the elements of one text share. */
interface Writing {
  text: string;
  /** Levels that headings are put below their own. */
  lower: number;
  /** By identifier, the first of each. */
  definitions: Map<string, Definition>;
  notes: Map<string, FootnoteDefinition>;
  /** Identifiers of the footnotes, in the order in which the text refers to them. */
  referred: string[];
}

/** Elements for the tree of `text`; headings are put `lower` levels below their own. */
export function markdownElement(tree: Root, text: string, lower: number): ReactElement {
  const writing: Writing = {
    text,
    lower,
    definitions: new Map(),
    notes: new Map(),
    referred: [],
  };
  collect(tree, writing);
  const body = blocks(tree.children, writing);
  return (
    <>
      {body}
      {footnotes(writing)}
    </>
  );
}

/** Definitions may stand anywhere, also after what refers to them. */
function collect(node: Nodes, writing: Writing): void {
  const { definitions, notes } = writing;
  if (node.type === "definition" && !definitions.has(node.identifier)) {
    definitions.set(node.identifier, node);
  }
  if (node.type === "footnoteDefinition" && !notes.has(node.identifier)) {
    notes.set(node.identifier, node);
  }
  if ("children" in node) for (const child of node.children) collect(child, writing);
}

function blocks(nodes: readonly Flow[], writing: Writing): ReactNode {
  return nodes.map((node, at) => <Fragment key={at}>{block(node, writing)}</Fragment>);
}

function block(node: Flow, writing: Writing): ReactNode {
  switch (node.type) {
    case "paragraph":
      return <Paragraph>{inlines(node.children, writing)}</Paragraph>;
    case "heading":
      return heading(node, writing);
    case "blockquote":
      return <blockquote dir="auto">{blocks(node.children, writing)}</blockquote>;
    case "list":
      return list(node, writing);
    case "code":
      // Others than the first word of what stands behind the fence are no language.
      return <CodeBlock text={node.value} language={node.lang?.split(/\s/)[0] ?? ""} />;
    case "math":
      return <Formula latex={node.value} display />;
    case "table":
      return table(node, writing);
    case "thematicBreak":
      return <hr />;
    case "html":
      return <p dir="auto">{node.value}</p>;
    case "definition":
    case "footnoteDefinition":
    case "yaml":
    case "listItem":
    case "tableRow":
    case "tableCell":
      return null;
    default:
      return inline(node, writing);
  }
}

function heading({ depth, children }: Heading, writing: Writing): ReactNode {
  const Tag = `h${Math.min(depth + writing.lower, 6)}` as "h2";
  return (
    <Tag className={`heading heading-${depth}`} dir="auto">
      {inlines(children, writing)}
    </Tag>
  );
}

const isLoose = (item: ListItem) => item.spread ?? item.children.length > 1;

function list(node: List, writing: Writing): ReactNode {
  const Tag = node.ordered ? "ol" : "ul";
  const loose = node.spread === true || node.children.some(isLoose);
  const tasks = node.children.some(({ checked }) => typeof checked === "boolean");
  return (
    <Tag
      className={tasks ? "contains-task-list" : undefined}
      start={node.ordered && node.start !== 1 ? (node.start ?? undefined) : undefined}
      dir="auto"
    >
      {node.children.map((item, at) => (
        <li
          key={at}
          className={typeof item.checked === "boolean" ? "task-list-item" : undefined}
          dir="auto"
        >
          {itemContent(item, loose, writing)}
        </li>
      ))}
    </Tag>
  );
}

/** Items without blank lines between them have no paragraphs; a task's box begins its text. */
function itemContent(item: ListItem, loose: boolean, writing: Writing): ReactNode {
  const box = typeof item.checked === "boolean" && <TaskBox checked={item.checked} />;
  const [first] = item.children;
  return (
    <>
      {first?.type !== "paragraph" && box}
      {item.children.map((child, at) => {
        if (child.type !== "paragraph")
          return <Fragment key={at}>{block(child, writing)}</Fragment>;
        const text = inlines(child.children, writing);
        const Text = loose ? Paragraph : Fragment;
        return (
          <Text key={at}>
            {at === 0 && box}
            {text}
          </Text>
        );
      })}
    </>
  );
}

function Paragraph({ children }: { children: ReactNode }): ReactNode {
  return <p dir="auto">{children}</p>;
}

function TaskBox({ checked }: { checked: boolean }): ReactNode {
  return (
    <>
      <span role="img" aria-label={checked ? "done" : "to do"}>
        {checked ? "☑" : "☐"}
      </span>{" "}
    </>
  );
}

function table({ children, align }: Table, writing: Writing): ReactNode {
  const [head, ...rows] = children;
  const cells = (row: TableRow, Cell: "th" | "td") =>
    row.children.map((cell, at) => (
      <Cell key={at} style={{ textAlign: align?.[at] ?? undefined }} dir="auto">
        {inlines(cell.children, writing)}
      </Cell>
    ));
  return (
    <ScrollBox label="Table">
      <table className="table">
        {head && (
          <thead>
            <tr>{cells(head, "th")}</tr>
          </thead>
        )}
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>{cells(row, "td")}</tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function inlines(nodes: readonly PhrasingContent[], writing: Writing): ReactNode {
  return nodes.map((node, at) =>
    node.type === "text" ? node.value : <Fragment key={at}>{inline(node, writing)}</Fragment>,
  );
}

function inline(node: PhrasingContent, writing: Writing): ReactNode {
  switch (node.type) {
    case "text":
    case "html":
      return node.value;
    case "emphasis":
      return <em>{inlines(node.children, writing)}</em>;
    case "strong":
      return <strong>{inlines(node.children, writing)}</strong>;
    case "delete":
      return <del>{inlines(node.children, writing)}</del>;
    case "inlineCode":
      return <code className="code-inline">{node.value}</code>;
    case "inlineMath":
      return <Formula latex={node.value} display={standsAlone(node, writing.text)} />;
    case "break":
      return <br />;
    case "link":
      return <SafeLink address={node.url}>{inlines(node.children, writing)}</SafeLink>;
    case "linkReference":
      return linkReference(node, writing);
    case "image":
      return <Picture src={node.url} alt={node.alt ?? ""} />;
    case "imageReference":
      return imageReference(node, writing);
    case "footnoteReference":
      return noteReference(node, writing);
  }
}

/** The parser makes references only of what is defined. */
function linkReference(node: LinkReference, writing: Writing): ReactNode {
  const address = writing.definitions.get(node.identifier)?.url ?? "";
  return <SafeLink address={address}>{inlines(node.children, writing)}</SafeLink>;
}

function imageReference({ identifier, alt }: ImageReference, writing: Writing): ReactNode {
  return <Picture src={writing.definitions.get(identifier)?.url ?? ""} alt={alt ?? ""} />;
}

/** A number and no link: ids would repeat from text to text, and the note is in sight. */
function noteReference({ identifier }: FootnoteReference, { referred }: Writing): ReactNode {
  if (!referred.includes(identifier)) referred.push(identifier);
  return (
    <sup>
      <span className="visually-hidden">note </span>
      {referred.indexOf(identifier) + 1}
    </sup>
  );
}

/** Notes that the text refers to; a note may refer to another one. */
function footnotes(writing: Writing): ReactNode {
  if (writing.referred.length === 0) return null;
  const items: ReactNode[] = [];
  for (let at = 0; at < writing.referred.length; at++) {
    const note = writing.notes.get(writing.referred[at] ?? "");
    items.push(<li key={at}>{note && blocks(note.children, writing)}</li>);
  }
  return (
    <section className="footnotes" aria-label="Footnotes">
      <ol>{items}</ol>
    </section>
  );
}
