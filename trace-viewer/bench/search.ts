/**
 * `npm run bench:search`: what the search over the course costs, on the documents of the recorded
 * course (TRACES, default: ../var/traces). Prints a table and writes it to bench/search.md. The floor
 * of a query is to look for its words in the same text, in one piece.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, it } from "vitest";
import { courseText, type CourseParts } from "../src/course/courseText";
import { searchCourse } from "../src/course/searchCourse";
import { fold, wordsOf } from "../src/trace/find";

const HERE = import.meta.dirname;
const FOLDER = join(resolve(process.env["TRACES"] ?? join(HERE, "../../var/traces")), "course");
const DOCUMENTS = ["glossary", "search", "handouts", "sources"] as const;
const QUERIES = [
  ["a term", "kv cache"],
  ["a common word", "attention"],
  ["a name in code", "scaled_dot_product_attention"],
  ["three words", "gradient of the weights"],
  ["two letters", "lo"],
  ["a typo", "ocupancy"],
  ["nothing", "zzyzx quux"],
];
const RUNS = 15;

function median(work: () => void): number {
  const times = Array.from({ length: RUNS }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  }).sort((one, other) => one - other);
  return times[Math.floor(RUNS / 2)] ?? NaN;
}

/** How often a word stands in a text. */
function count(text: string, word: string): number {
  let found = 0;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) found++;
  return found;
}

const ms = (time: number) => `${time.toFixed(time < 10 ? 1 : 0)} ms`;
const kB = (bytes: number) => `${Math.round(bytes / 1000)} kB`;

describe.skipIf(!existsSync(FOLDER))("the search over the course", () => {
  it("is measured", { timeout: 120_000 }, () => {
    const files = DOCUMENTS.map((name) => readFileSync(join(FOLDER, `${name}.json`), "utf8"));
    const parse = () =>
      Object.fromEntries(
        DOCUMENTS.map((name, at) => [name, JSON.parse(files[at] ?? "null") as unknown]),
      ) as unknown as CourseParts;
    const sizes = files.map((text, at) => `${DOCUMENTS[at]} ${kB(gzipSync(text).length)}`);
    const total = files.reduce((sum, text) => sum + gzipSync(text).length, 0);
    const parts = parse();
    const text = courseText(parts);
    const flat = fold(files.join("\n"));
    const first = { ...parts, sources: null };
    const rows: [string, string][] = [
      ["served (gzip)", `${kB(total)}: ${sizes.join(", ")}`],
      ["read the documents", ms(median(() => void parse()))],
      ["make them searchable: lectures, terms, sheets", ms(median(() => void courseText(first)))],
      ["make them searchable: all", ms(median(() => void courseText(parts)))],
    ];
    for (const [what, query] of QUERIES) {
      const time = median(() => void searchCourse(text, query ?? ""));
      const floor = median(() => void wordsOf(query ?? "").map((word) => count(flat, word)));
      const found = searchCourse(text, query ?? "").reduce((sum, { total }) => sum + total, 0);
      rows.push([
        `${what}: “${query}”`,
        `${ms(time)}, ${found} found; floor ${ms(floor)}, ratio ${(time / floor).toFixed(1)}`,
      ]);
    }
    const [cpu] = cpus();
    const load = (loadavg()[0] ?? 0).toFixed(1);
    const date = new Date().toISOString().slice(0, 10);
    const table = rows.map((row) => `| ${row.join(" | ")} |`).join("\n");
    const report = `# Measured by \`npm run bench:search\`

${cpus().length} × ${cpu?.model ?? "?"}, Node ${process.versions.node}, ${date}, load average ${load}. Medians of ${RUNS} runs.

| what | measured |
|---|---|
${table}
`;
    console.log(report);
    writeFileSync(join(HERE, "search.md"), report);
  });
});
