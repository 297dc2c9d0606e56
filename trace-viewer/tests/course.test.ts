/** The pure parts of what is around the lectures: what is found, in which order, and BibTeX. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keysOf, toBibtex } from "../src/course/bibtex";
import { courseText, outlineOf, type CourseParts } from "../src/course/courseText";
import { anchorOf, byLetter, filterTerms } from "../src/course/glossaryLetters";
import type { Term, Work } from "../src/course/schema.generated";
import { MOST_OF_GROUP, searchCourse } from "../src/course/searchCourse";
import { excerpt, find, fold } from "../src/trace/find";

const entry = (text: string, rank = 2) => ({ text, folded: fold(text), rank });

describe("find", () => {
  const texts = (query: string, ...entries: ReturnType<typeof entry>[]) =>
    find(entries, query).map(({ text }) => text);

  it("takes whole words before beginnings, and both before the inside of words", () => {
    const found = texts("rank", entry("frankly"), entry("ranks of all"), entry("a rank of four"));
    expect(found).toEqual(["a rank of four", "ranks of all", "frankly"]);
  });

  it("takes titles before prose before code", () => {
    const found = texts("cache", entry("cache = []", 4), entry("The cache"), entry("Cache", 0));
    expect(found).toEqual(["Cache", "The cache", "cache = []"]);
  });

  it("asks for every word, in any order", () => {
    expect(texts("cache kv", entry("the KV cache"), entry("a cache"))[0]).toBe("the KV cache");
  });

  it("forgives a letter where nothing fits", () => {
    expect(texts("ocupancy", entry("occupancy is a share"))).toEqual(["occupancy is a share"]);
  });

  it("compares without accents and case", () => {
    expect(texts("eluard", entry("Émile Éluard"))).toEqual(["Émile Éluard"]);
  });

  it("finds in any text each of its words, and marks it", () => {
    const word = fc.stringMatching(/^[a-zäéµ]{2,8}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), fc.nat(), (words, at) => {
        const text = words.join(" ");
        const wanted = words[at % words.length] ?? "";
        expect(find([entry(text)], wanted)).toHaveLength(1);
        expect(excerpt(text, wanted)[1]).not.toBe("");
      }),
    );
  });
});

const PARTS: CourseParts = {
  glossary: {
    terms: [
      {
        name: "KV cache",
        aliases: ["cache of keys"],
        definition: "The _KV cache_ holds keys.",
        lecture: "lecture_02",
        step: 7,
      },
    ],
  },
  search: {
    lectures: [
      {
        name: "lecture_01",
        title: "Start",
        shown: [
          [0, "text", "# Start\nHello *there*.\n\n## Later\nThe cache of the _chip_."],
          [3, "question", "How large is the cache?\n\nLarge"],
          [4, "link", "A paper on caches, A. Nother"],
        ],
        code: "def main() -> None:\n\ncache = {}",
        steps: [
          [1, 0],
          [3, 5],
        ],
      },
      { name: "lecture_02", title: "More", shown: [[1, "text", "# A cache"]], code: "", steps: [] },
    ],
  },
  handouts: {
    texts: { "assignment1-sorting": "# Sorting\n\n## Part\n\n### `cache` (2 points)\n\nKeep it." },
  },
  sources: {
    files: [
      {
        path: "assignments/assignment1-sorting/sorting/keep.py",
        assignment: "assignment1-sorting",
        text: 'class Cache:\n    """Keeps what was sorted."""\n\n    def get(self):\n        return 1\n',
        opened: [[1, 2, "lecture_01", 9]],
      },
    ],
  },
};

describe("searching the course", () => {
  const text = courseText(PARTS);
  const groups = (query: string, current: string | null = null) =>
    searchCourse(text, query, current).map(({ title, hits }) => [
      title,
      hits.map((hit) => `${hit.kind}: ${hit.text}`),
    ]);

  it("groups what it finds by where it stands", () => {
    expect(groups("cache")).toEqual([
      ["Terms", ["term: KV cache (cache of keys)"]],
      [
        "Lectures",
        [
          "heading: A cache",
          "question: How large is the cache?",
          "text: The cache of the chip.",
          "link: A paper on caches, A. Nother",
          "code: cache = {}",
        ],
      ],
      ["Code of the assignments", ["name: class Cache:"]],
      ["Task sheets", ["problem: cache (2 points)"]],
    ]);
  });

  it("leaves the open lecture to its own search", () => {
    const [, others] = groups("cache", "lecture_01");
    expect(others).toEqual(["Other lectures", ["heading: A cache"]]);
  });

  it("knows the section of each paragraph and the step of each line", () => {
    const [hit] = searchCourse(text, "of the chip")[0]?.hits ?? [];
    expect(hit).toMatchObject({ section: "Later", place: "Lecture 1" });
    const [line] = searchCourse(text, "cache = {}")[0]?.hits ?? [];
    expect(line?.target).toEqual({ at: "step", lecture: "lecture_01", step: 5 });
    expect(line).toMatchObject({ place: "lecture_01.py:3", section: "main" });
  });

  it("opens code in the lecture that opens it, else as a file", () => {
    const target = (query: string) => searchCourse(text, query)[0]?.hits[0]?.target;
    const path = "assignments/assignment1-sorting/sorting/keep.py";
    expect(target("keeps what was")).toEqual({
      at: "step",
      lecture: "lecture_01",
      step: 9,
      file: { path, line: 2 },
    });
    expect(target("return 1")).toEqual({ at: "file", path, line: 5 });
    expect(target("keep it")).toEqual({
      at: "part",
      assignment: "assignment1-sorting",
      part: "cache",
    });
  });

  it("says how many there are beyond those that it shows", () => {
    const many = Array.from(
      { length: 40 },
      (_, step) => [step, "text", `A wave, ${step}`] as const,
    );
    const [first] = searchCourse(
      courseText({
        ...PARTS,
        search: {
          lectures: [
            {
              name: "lecture_01",
              title: "W",
              shown: many.map((one) => [...one]),
              code: "",
              steps: [],
            },
          ],
        },
      }),
      "wave",
    );
    expect(first?.hits).toHaveLength(MOST_OF_GROUP);
    expect(first?.total).toBe(40);
  });

  it("shows what nearly fits after what does", () => {
    expect(groups("cache = {}")[0]?.[0]).toBe("Lectures");
    expect(groups("KV cahce")).toEqual([["Terms", ["term: KV cache (cache of keys)"]]]);
  });

  it("finds nothing for nothing, and nothing where nothing is", () => {
    expect(groups("  ")).toEqual([]);
    expect(groups("zebra")).toEqual([]);
    const empty = courseText({ glossary: null, search: null, handouts: null, sources: null });
    expect(searchCourse(empty, "cache")).toEqual([]);
  });

  it("beside traces that were copied alone finds the headings of their list", () => {
    const search = outlineOf({
      schema: 2,
      traces: [
        {
          name: "one",
          file: "one.json",
          title: "One",
          sections: [{ title: "A heading", level: 2, step: 3 }],
          steps: 4,
          bytes: 1,
          ended: "completed",
          source_hash: "",
        },
      ],
    });
    const known = courseText({ glossary: null, search, handouts: null, sources: null });
    expect(searchCourse(known, "heading")[0]?.hits[0]?.target).toEqual({
      at: "step",
      lecture: "one",
      step: 3,
    });
  });
});

const term = (name: string, definition = "It is."): Term => ({
  name,
  definition,
  lecture: "lecture_01",
  step: 0,
});

describe("the glossary", () => {
  it("has a section for each letter, and one for the rest", () => {
    const letters = byLetter([term("1F1B"), term("adjoint"), term("Éclair"), term("μP")]);
    expect(letters.map(({ letter, terms }) => [letter, terms.length])).toEqual([
      ["#", 2],
      ["A", 1],
      ["E", 1],
    ]);
  });

  it("is filtered by names and definitions", () => {
    const terms = [term("warp", "32 threads."), term("wave", "Blocks that wait.")];
    expect(filterTerms(terms, "threads").map(({ name }) => name)).toEqual(["warp"]);
    expect(filterTerms(terms, "")).toHaveLength(2);
  });

  it("has anchors that can stand in an address", () => {
    expect(["KV cache", "FLOP/s", "pass@k", "μP"].map((name) => anchorOf(term(name)))).toEqual([
      "kv-cache",
      "flop-s",
      "pass-k",
      "μp",
    ]);
  });
});

const work = (more: Partial<Work>): Work => ({
  title: "A title",
  url: "https://example.org/",
  cited: [],
  ...more,
});

describe("BibTeX", () => {
  it("says of each work what is known", () => {
    const text = toBibtex([
      work({
        title: "GLU Variants & more",
        authors: ["Noam Shazeer", "Team OLMo", "et al."],
        date: "2020-02",
        arxiv: "2002.05202",
        url: "https://arxiv.org/abs/2002.05202",
      }),
      work({ organization: "NVIDIA", url: "https://doi.org/10.1/x_y" }),
    ]);
    expect(text).toBe(
      `@misc{shazeer2020glu,
  title = {{GLU Variants \\& more}},
  author = {Noam Shazeer and {Team OLMo} and others},
  year = {2020},
  month = {2},
  eprint = {2002.05202},
  archiveprefix = {arXiv},
  url = {https://arxiv.org/abs/2002.05202},
}

@misc{nvidiatitle,
  title = {{A title}},
  author = {{NVIDIA}},
  doi = {10.1/x_y},
  url = {https://doi.org/10.1/x_y},
}
`,
    );
  });

  it("has no key twice, and braces in pairs, whatever a work is called", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 6 }), (titles) => {
        const works = titles.map((title) => work({ title, authors: [title] }));
        const keys = keysOf(works);
        expect(new Set(keys).size).toBe(keys.length);
        const bare = toBibtex(works).replace(/\\[{}]/g, "");
        let depth = 0;
        for (const sign of bare) {
          if (sign === "{") depth++;
          if (sign === "}") depth--;
          expect(depth).toBeGreaterThanOrEqual(0);
        }
        expect(depth).toBe(0);
      }),
    );
  });
});
