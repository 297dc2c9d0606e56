/** Works of the bibliography → a BibTeX file. Every entry is a `@misc`: a link says no more. */
import type { Work } from "./schema.generated";

const SPECIAL: Record<string, string> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
};

/** Nothing in it is a command. */
const escaped = (text: string): string =>
  text.replace(/[\\~^&%$#_{}]/g, (sign) => SPECIAL[sign] ?? `\\${sign}`);

/** What an author is sorted and cited by. */
export function familyName(author: string): string {
  const words = author.split(/\s+/).filter(Boolean);
  return words.includes("Team") ? author : (words.at(-1) ?? author);
}

const plain = (text: string) =>
  text
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9]+/g, "")
    .toLowerCase();

/** Such as `shazeer2020glu`; the same for two works is told apart by `keysOf`. */
function keyOf({ authors, organization, date, title }: Work): string {
  const [first] = authors ?? [];
  const who = plain(first ? familyName(first) : (organization ?? "")) || "anonymous";
  const word =
    title
      .split(/\s+/)
      .map(plain)
      .find((one) => one.length > 2) ?? "";
  return `${who}${date?.slice(0, 4) ?? ""}${word}`;
}

/** A key for each work, a letter behind those that would be alike. */
export function keysOf(works: readonly Work[]): string[] {
  const counts = new Map<string, number>();
  return works.map((work) => {
    const key = keyOf(work);
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    return count === 0 ? key : `${key}-${count + 1}`;
  });
}

/** `et al.` is called `others` there; a group's name stays whole. */
function authorOf(name: string): string {
  if (name === "et al.") return "others";
  return familyName(name) === name ? `{${escaped(name)}}` : escaped(name);
}

function fieldsOf(work: Work): [name: string, value: string][] {
  const authors = work.authors ?? [];
  const makers =
    authors.length > 0 ? authors.map(authorOf) : [`{${escaped(work.organization ?? "")}}`];
  const [year = "", month = ""] = (work.date ?? "").split("-");
  const doi = /^https?:\/\/doi\.org\/(.+)$/.exec(work.url)?.[1] ?? "";
  const fields: [string, string][] = [
    // In two pairs of braces a title keeps its capitals.
    ["title", `{{${escaped(work.title)}}}`],
    ["author", `{${makers.join(" and ")}}`],
    ["year", year && `{${year}}`],
    ["month", month && `{${Number(month)}}`],
    ["eprint", work.arxiv ? `{${work.arxiv}}` : ""],
    ["archiveprefix", work.arxiv ? "{arXiv}" : ""],
    ["doi", doi && `{${doi}}`],
    ["url", `{${work.url.replace(/[{}\\]/g, encodeURIComponent)}}`],
  ];
  return fields.filter(([, value]) => value !== "");
}

/** The file, one entry after the other. */
export function toBibtex(works: readonly Work[]): string {
  const keys = keysOf(works);
  return works
    .map((work, at) => {
      const fields = fieldsOf(work).map(([name, value]) => `  ${name} = ${value},\n`);
      return `@misc{${keys[at]},\n${fields.join("")}}\n`;
    })
    .join("\n");
}
