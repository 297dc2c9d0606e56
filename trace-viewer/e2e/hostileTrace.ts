/** A trace that tries everything: each string that a trace can hold tries to run or fetch. */
import type { Rendering, Trace, Value } from "../src/trace/schema";

const RUN = "window.pwned=(window.pwned||0)+1";
const EVIL = "https://evil.example/x";

/** Ways that pages have been made to run script by what they show. */
export const INJECTIONS = [
  `<img src=x onerror="${RUN}">`,
  `<script>${RUN}</script>`,
  `<svg onload="${RUN}"></svg>`,
  `<iframe srcdoc="<script>parent.${RUN}</script>"></iframe>`,
  `<a href="javascript:${RUN}">click</a>`,
  `<style>@import "${EVIL}.css";</style>`,
  `<meta http-equiv="refresh" content="0;url=${EVIL}">`,
  `<form action="${EVIL}"><button>go</button></form>`,
];

const LINKS = [
  `javascript:${RUN}`,
  ` java\nscript:${RUN}`,
  `JaVaScRiPt:${RUN}`,
  `data:text/html,<script>${RUN}</script>`,
  `vbscript:${RUN}`,
  "file:///etc/passwd",
  "blob:https://evil.example/1",
];

const MARKDOWN = [
  ...INJECTIONS,
  ...LINKS.map((link) => `[click](<${link.replace("\n", "")}>)`),
  ...LINKS.map((link) => `![picture](<${link.replace("\n", "")}>)`),
  `![picture](${EVIL}.png)`,
  `[reference][1]\n\n[1]: javascript:${RUN}`,
  `<javascript:${RUN}>`,
  `$\\href{javascript:${RUN}}{click}$`,
  `$\\url{javascript:${RUN}}$`,
  `$\\includegraphics{${EVIL}.png}$`,
  `$\\htmlData{onclick=${RUN}}{x} \\htmlStyle{background:url(${EVIL})}{x}$`,
  `$\\def\\x{\\x\\x}\\x$`,
];

const plotSpec = (more: Record<string, unknown>): Rendering => ({
  kind: "plot",
  spec: {
    data: { values: [{ x: 1, y: 2 }] },
    mark: "point",
    encoding: { x: { field: "x", type: "quantitative" } },
    ...more,
  },
});

const PLOTS: Rendering[] = [
  plotSpec({ data: { url: `${EVIL}.csv` } }),
  plotSpec({ transform: [{ calculate: `constructor.constructor('${RUN}')()`, as: "z" }] }),
  plotSpec({ params: [{ name: "p", expr: `[].constructor.constructor('${RUN}')()` }] }),
  plotSpec({ usermeta: { embedOptions: { ast: false, actions: true, patch: `${EVIL}.json` } } }),
  plotSpec({ mark: { type: "image", url: `${EVIL}.png`, width: 9, height: 9 } }),
  plotSpec({ encoding: { href: { value: `javascript:${RUN}` } } }),
  plotSpec({ title: INJECTIONS[0] }),
  { kind: "plot", spec: { $schema: `${EVIL}/schema.json`, mark: { a: [] } } },
];

function renderings(text: string): Rendering[] {
  const rows: Value[][] = [[text, { kind: "object", type: text, text }]];
  const provenance = { device: text, date: text, versions: { [text]: text }, command: text };
  return [
    { kind: "text", text },
    { kind: "text", text, verbatim: true },
    { kind: "note", text },
    { kind: "code", text, language: text },
    { kind: "table", columns: [text], rows, caption: text },
    {
      kind: "graph",
      nodes: [{ id: text, label: text }],
      edges: [{ source: text, target: text, label: text }],
    },
    { kind: "command", command: text, text },
    { kind: "missing", what: text, reason: text },
    { kind: "source", path: text, first: 1, last: 2, name: text, title: text },
    { kind: "link", url: EVIL, title: text, authors: [text], description: text, notes: text },
    {
      kind: "benchmark",
      name: text,
      note: text,
      provenance,
      rows: [{ label: text, median: 1, q1: 1, q3: 1, repeats: 3 }],
    },
  ];
}

const ADDRESSES: Rendering[] = [
  ...LINKS,
  `${EVIL}.png`,
  "../../etc/passwd",
  "//evil.example/x.png",
].flatMap((url): Rendering[] => [
  { kind: "link", url, title: "click" },
  { kind: "image", src: url, alt: url },
  { kind: "video", src: url },
]);

function values(text: string): Record<string, Value> {
  return {
    [text]: text,
    record: { kind: "record", type: text, fields: { [text]: text, __proto__: null } },
    mapping: { kind: "mapping", entries: [[text, text]] },
    math: { kind: "math", latex: `\\href{javascript:${RUN}}{x}${text}`, text },
    module: { kind: "module", type: text, text, parameters: 1, trainable: 1, bytes: 4 },
    tensor: {
      kind: "tensor",
      type: text,
      shape: [2, 2],
      dtype: text,
      device: text,
      shares: [text],
      note: text,
      heat_map: { rows: 100000, columns: 100000, data: text, low: 0, high: 1 },
    },
    failed: { kind: "failed", type: text, text },
  };
}

export function hostileTrace(): Trace {
  const shown: Rendering[][] = [
    ...MARKDOWN.map((text): Rendering[] => [{ kind: "text", text }]),
    ...INJECTIONS.map(renderings),
    ADDRESSES,
    ...PLOTS.map((plot) => [plot]),
  ];
  const name = INJECTIONS[0] ?? "";
  const lines = shown.map((_, at) => `text(${at})`);
  return {
    schema: 1,
    lecture: name,
    title: name,
    main: name,
    files: { [name]: { text: [...lines, ...INJECTIONS].join("\n") }, constructor: { text: "x" } },
    frames: [{ path: name, function: name }],
    steps: shown.map((outputs, at) => ({
      frame: 0,
      line: at + 1,
      outputs,
      changes: values(INJECTIONS[at % INJECTIONS.length] ?? ""),
      stdout: name,
      stderr: name,
    })),
    warnings: INJECTIONS,
    failure: {
      type: name,
      message: name,
      step: shown.length - 1,
      traceback: [{ path: name, line: 1, function: name, text: name }],
      locals: values(name),
    },
  };
}
