/** One rendering of each kind and of each state that looks different. */
import type { BenchmarkRow, Rendering } from "../trace/schema";

const MARKDOWN = String.raw`# Byte-pair encoding
A **tokenizer** maps a string to integers and back, with \`encode\` and \`decode\`. For a corpus $D$ the
*compression ratio* is $r = \frac{\text{bytes}}{\text{tokens}}$, see
[Sennrich et al.](https://arxiv.org/abs/1508.07909) or [the paper](arxiv:1508.07909).

$$\operatorname{Attention}(Q, K, V) = \operatorname{softmax}\!\left(\frac{QK^\top}{\sqrt{d_k}}\right)V$$

## A list
- first item with $\alpha_1, \dots, \alpha_n$
- second item
  1. nested
  2. again
- [x] done
- [ ] to do

> A quotation about the *bitter lesson*.

| method | tokens | ratio |
|:--|--:|--:|
| bytes | 1,024 | 1.0 |
| BPE | 256 | 4.0 |

~~~python
def merge(ids: list[int], pair: tuple[int, int], new: int) -> list[int]:
    """Replace each occurrence of ~pair~ by ~new~."""
    return [new if p == pair else i for i, p in pairs(ids)]  # one pass
~~~

A wrong formula: $\frac{1}{2$ and a wrong one of its own: $$\unknown{x}$$`
  .replaceAll("\\`", "`")
  .replaceAll("~pair~", "`pair`")
  .replaceAll("~new~", "`new`");

const HOSTILE = `<script>alert(1)</script> <img src=x onerror=alert(2)> [press](javascript:alert(3))
[data](data:text/html,<script>alert(4)</script>) ![beacon](https://elsewhere.example/x.png)
$\\href{javascript:alert(5)}{x}$ <iframe srcdoc="<script>alert(6)</script>">`;

const timing = (label: string, n: number, median: number): BenchmarkRow => ({
  label,
  median,
  q1: median * 0.94,
  q3: median * 1.1,
  repeats: 20,
  tflops: (2 * n ** 3) / median / 1e12,
  gbps: (12 * n ** 2) / median / 1e9,
  parameters: { n },
});

const provenance = {
  device: "NVIDIA H100 80GB HBM3",
  date: "2026-11-20T10:11:12Z",
  versions: { python: "3.12.3", torch: "2.11.0", driver: "580.159" },
  command: "python execute.py -m lecture_05",
};

/** A name and a rendering each. */
export const RENDERINGS: [string, Rendering][] = [
  ["text", { kind: "text", text: MARKDOWN }],
  ["text, hostile", { kind: "text", text: HOSTILE }],
  ["text, verbatim", { kind: "text", text: "a  b\n  c <b>$x$</b>", verbatim: true }],
  ["image", { kind: "image", src: "var/files/a.png", alt: "A disc", origin: "https://a.org/x" }],
  ["image, missing", { kind: "image", src: "var/files/missing.png", alt: "The loss" }],
  ["missing", { kind: "missing", what: "https://a.org/figure.png", reason: "offline" }],
  ["plot, lines", { kind: "plot", spec: linePlot() }],
  ["plot, bars", { kind: "plot", spec: barPlot() }],
  [
    "plot, data elsewhere",
    {
      kind: "plot",
      spec: {
        data: { url: "https://elsewhere.example/data.json" },
        height: 60,
        mark: "point",
        encoding: { x: { field: "a", type: "quantitative" } },
      },
    },
  ],
  ["plot, wrong", { kind: "plot", spec: { mark: "no such mark", data: { values: [{ a: 1 }] } } }],
  [
    "table",
    {
      kind: "table",
      columns: ["tokenizer", "vocabulary", "ratio", "note"],
      rows: [
        ["byte", 256, { kind: "number", type: "float", text: "1.0" }, null],
        ["BPE", 50257, 4.21, "trained on OpenWebText"],
      ],
      caption: "Compression of one text",
      length: 12,
    },
  ],
  [
    "graph",
    {
      kind: "graph",
      nodes: [
        { id: "x", label: "tokens (B, T)", group: "data" },
        { id: "e", label: "embedding", group: "layer" },
        { id: "a", label: "causal self-attention with rotary positions", group: "layer" },
        { id: "n", label: "RMSNorm", group: "norm" },
        { id: "f", label: "SwiGLU", group: "layer" },
        { id: "o", label: "logits (B, T, V)", group: "data" },
      ],
      edges: [
        { source: "x", target: "e" },
        { source: "e", target: "n" },
        { source: "n", target: "a", label: "d_model" },
        { source: "a", target: "f" },
        { source: "e", target: "f", label: "residual" },
        { source: "f", target: "o" },
        { source: "f", target: "n", label: "× L" },
      ],
    },
  ],
  [
    "graph, undirected",
    {
      kind: "graph",
      directed: false,
      nodes: ["A", "B", "C", "D"].map((id) => ({ id })),
      edges: [
        { source: "A", target: "B" },
        { source: "B", target: "C" },
        { source: "C", target: "A" },
        { source: "D", target: "D", label: "self" },
      ],
    },
  ],
  [
    "code",
    { kind: "code", language: "python", text: "@triton.jit\ndef add(x, y):\n    return x + y\n" },
  ],
  [
    "citation",
    {
      kind: "link",
      url: "https://arxiv.org/abs/1706.03762",
      title: "Attention Is All You Need",
      authors: [
        "Ashish Vaswani",
        "Noam Shazeer",
        "Niki Parmar",
        "Jakob Uszkoreit",
        "Llion Jones",
        "Aidan N. Gomez",
        "Łukasz Kaiser",
        "Illia Polosukhin",
      ],
      organization: "Google",
      date: "2017-06-12",
      description: "The dominant sequence transduction models are based on recurrent networks…",
      notes: "Introduces the **Transformer**.",
    },
  ],
  ["link", { kind: "link", url: "https://docs.python.org/3/library/sys.monitoring.html" }],
  ["link, refused", { kind: "link", url: "javascript:alert(1)", title: "Press me" }],
  [
    "source",
    {
      kind: "source",
      path: "assignments/assignment1-basics/cs336_basics/bpe.py",
      first: 12,
      last: 48,
      name: "train_bpe",
      title: "Naive byte-pair training",
    },
  ],
  [
    "question, number",
    {
      kind: "question",
      name: "merges",
      text: "How many **merges** does it learn?",
      answer_kind: "number",
      unit: "merges",
      hint: "Count the pairs.",
    },
  ],
  [
    "question, choice",
    {
      kind: "question",
      name: "pair",
      text: "Which pair comes first?",
      answer_kind: "choice",
      choices: ["`t h`", "`h e`", "neither: $p = 0$"],
    },
  ],
  [
    "question, text, answered at once",
    {
      kind: "question",
      name: "why",
      text: "Why does it stop?",
      answer_kind: "text",
      answer: "no pair occurs twice",
    },
  ],
  ["answer", { kind: "answer", name: "merges", answer: 257, text: "One for *each* new token." }],
  [
    "ranks",
    {
      kind: "ranks",
      title: "Gradients after one step",
      recorded: true,
      provenance,
      ranks: [
        { rank: 0, values: { loss: 1.5, shard: [0, 1, 2] }, stdout: "rank 0 of 3\n" },
        { rank: 1, values: { loss: 1.75, shard: [3, 4, 5] } },
        { rank: 2, ended: "killed by SIGKILL" },
      ],
    },
  ],
  ["note", { kind: "note", text: "Ask who has used `tiktoken`." }],
  ["command", { kind: "command", command: "nvidia-smi -L", text: "GPU 0: NVIDIA H100\n" }],
  ["command, failed", { kind: "command", command: "false", text: "", exit_code: 1 }],
  [
    "benchmark, recorded, over a parameter",
    {
      kind: "benchmark",
      name: "matmul",
      rows: [256, 512, 1024, 2048, 4096].flatMap((n) => [
        timing("float32", n, 1e-5 + n ** 3 * 4e-14),
        timing("bfloat16", n, 1e-5 + n ** 3 * 5e-15),
      ]),
      provenance,
      recorded: true,
      note: "Recorded: this machine has no GPU.",
    },
  ],
  [
    "benchmark, measured, bars",
    {
      kind: "benchmark",
      name: "tokenizers",
      rows: [
        { label: "naive BPE", median: 0.81, q1: 0.79, q3: 0.86, repeats: 5 },
        { label: "with a pair index", median: 0.042, q1: 0.041, q3: 0.047, repeats: 5 },
        {
          label: "with cached pretokens, a long name",
          median: 0.013,
          q1: 0.012,
          q3: 0.015,
          repeats: 5,
        },
      ],
      provenance: { ...provenance, device: "AMD EPYC, 2 cores" },
    },
  ],
];

function linePlot(): Record<string, unknown> {
  const values = Array.from({ length: 120 }, (_, i) => ({
    step: (i >> 1) * 10,
    loss: 2 + 3 * Math.exp(-i / 30) + (i % 2) * 0.3,
    run: i % 2 ? "no warm-up" : "warm-up",
  }));
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    title: "Training loss",
    height: 220,
    data: { values },
    mark: { type: "line", tooltip: true },
    encoding: {
      x: { field: "step", type: "quantitative" },
      y: { field: "loss", type: "quantitative", scale: { zero: false } },
      color: { field: "run", type: "nominal" },
    },
  };
}

function barPlot(): Record<string, unknown> {
  return {
    width: 300,
    height: 140,
    data: {
      values: [
        { method: "character", tokens: 400 },
        { method: "byte", tokens: 512 },
        { method: "BPE", tokens: 120 },
      ],
    },
    transform: [{ calculate: "datum.tokens / 512", as: "share" }],
    mark: "bar",
    encoding: {
      y: { field: "method", type: "nominal", sort: "-x" },
      x: { field: "share", type: "quantitative" },
      tooltip: [{ field: "tokens" }],
    },
  };
}
