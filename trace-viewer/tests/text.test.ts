import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { allowedPath } from "../server/checkoutFiles";
import { loadGrammar } from "../src/services/grammars";
import { lineTokens, tokenize, withoutDirectives, type TokenLine } from "../src/services/highlight";
import { checkoutRoot, resolveAsset } from "../src/services/loadTrace";
import { locateTrace } from "../src/services/traceAddress";
import { excerpt } from "../src/trace/find";
import { buildSearchIndex, paragraphs, search, type SearchIndex } from "../src/trace/search";
import { headings, headingsAbove } from "../src/trace/sections";
import { buildSource } from "../src/trace/sourceIndex";
import { recordedIndex } from "./fixtures";

const textOf = (line: TokenLine | undefined) => (line ?? []).map(([text]) => text).join("");

describe("search", () => {
  let entries: SearchIndex;
  beforeAll(async () => {
    entries = buildSearchIndex(await recordedIndex("walk"));
  });

  it("finds headings first", () => {
    expect(search(entries, "recursion")[0]).toMatchObject({ kind: "heading", step: 21 });
  });

  it("finds code, variables and text, whatever the case", () => {
    expect(search(entries, "FACTORIAL n").map((hit) => hit.kind)).toContain("code");
    expect(search(entries, "squares").map((hit) => hit.kind)).toContain("variable");
    expect(search(entries, "several")[0]).toMatchObject({ kind: "text", line: 28 });
  });

  it("finds code that never ran", () => {
    expect(search(entries, "second = 2")[0]).toMatchObject({ step: null, line: 44 });
  });

  it("finds a variable by its name, not by its function's", () => {
    const kinds = search(entries, "factorial").map((hit) => hit.kind);
    expect(kinds).not.toContain("variable");
  });

  it("finds a word with a typo, after what is exact", () => {
    expect(search(entries, "recusion")[0]).toMatchObject({ kind: "heading", step: 21 });
    expect(
      search(entries, "squaers")
        .map((hit) => hit.text)
        .join(),
    ).toContain("squares");
  });

  it("says the section, and in a file that was never stepped through the function", () => {
    expect(search(entries, "several lines")[0]).toMatchObject({ section: "Counting" });
    expect(search(entries, "how deep lists")[0]).toMatchObject({ path: "helpers/tree.py" });
    expect(search(entries, "second = 2")[0]).toMatchObject({ section: "unused", line: 44 });
  });

  it("finds the speaker's notes for the speaker alone", async () => {
    // Not as the source of the statement that shows it, either.
    expect(search(entries, "draw the tree")).toEqual([]);
    const all = buildSearchIndex(await recordedIndex("walk"), true);
    expect(search(all, "draw the tree").map((hit) => hit.kind)).toContain("text");
  });

  it("finds code as the lecture shows it, without directives", () => {
    const texts = entries.filter(({ kind }) => kind === "code").map(({ text }) => text);
    expect(texts.filter((text) => text.includes("@inspect"))).toEqual([]);
    expect(texts.some((text) => text.startsWith("squares"))).toBe(true);
  });

  it("finds nothing for nothing", () => {
    expect(search(entries, "  ")).toEqual([]);
    expect(search(entries, "zebra")).toEqual([]);
  });
});

describe("paragraphs", () => {
  it("go on over the line's end and are read without their marks", () => {
    const markdown = "# Title\nThe learning\nrate is **small**.\n\n- one `x`\n- two\n  more";
    expect(paragraphs(markdown)).toEqual(["The learning rate is small.", "one x", "two more"]);
  });
});

describe("excerpt", () => {
  it("marks the match as it is written", () => {
    expect(excerpt("The Café is open", "cafe")).toEqual(["The ", "Café", " is open"]);
    expect(excerpt("ﬁne words", "fine")).toEqual(["", "ﬁne", " words"]);
  });

  it("cuts a long way to the match", () => {
    const [before, match] = excerpt(`${"word ".repeat(20)}needle in it`, "NEEDLE");
    expect([before.length < 40, before.startsWith("… "), match]).toEqual([true, true, "needle"]);
  });

  it("without a match is the text", () => {
    expect(excerpt("abc", "z")).toEqual(["abc", "", ""]);
  });

  it("loses nothing of a text that is not cut", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30, unit: "grapheme" }), fc.string(), (text, query) => {
        expect(excerpt(text, query).join("")).toBe(text);
      }),
    );
  });
});

describe("headings", () => {
  it("are read without their marks", () => {
    expect(headings("# One **two** `three` #\ntext\n### [Four](x)")).toEqual([
      { title: "One two three", level: 1 },
      { title: "Four", level: 3 },
    ]);
  });

  it("in code fences are code", () => {
    expect(headings("```\n# no\n```\n#hash\n# yes")).toEqual([{ title: "yes", level: 1 }]);
  });
});

describe("headingsAbove", () => {
  const at = (line: number, level: number) => {
    return { title: `${line}`, level, step: line, path: "a.py", line };
  };
  const sections = [at(1, 1), at(5, 2), at(9, 3), at(12, 2), at(20, 1)];
  const above = (line: number) => headingsAbove(sections, "a.py", line).map(({ title }) => title);

  it("are those that a line stands under, outermost first", () => {
    expect(above(10)).toEqual(["1", "5", "9"]);
    expect(above(15)).toEqual(["1", "12"]);
    expect(above(30)).toEqual(["20"]);
  });

  it("leave out the line's own, and other files", () => {
    expect(above(1)).toEqual([]);
    expect(headingsAbove(sections, "b.py", 10)).toEqual([]);
  });
});

describe("tokenize", () => {
  const source =
    'def f(x):  # @inspect x\n    """two\n    lines"""\n    return f"{x} < 1 & \'2\'"\n';

  it("keeps every character, line by line", () => {
    expect(tokenize(source, "python").map(textOf).join("\n")).toBe(source);
  });

  it("colours every line of a string of several lines", () => {
    const lines = tokenize(source, "python");
    expect(lines[1]?.at(-1)?.[1]).toBe("t-string");
    expect(lines[2]?.at(-1)?.[1]).toBe("t-string");
  });

  it.each(["walk", "failing", "sample"] as const)(
    "reads %s part by part as it does at once",
    async (name) => {
      for (const source of (await recordedIndex(name)).sources.values()) {
        const whole = tokenize(source.text, source.language).slice(0, source.lines.length);
        // From the end: no part depends on one before it.
        const lines = source.lines.map((_, at) => lineTokens(source, source.lines.length - at));
        expect(lines.toReversed(), source.path).toEqual(whole);
      }
    },
  );

  it("has no tokens for a line that is not there", async () => {
    const source = (await recordedIndex("walk")).sources.get("walk.py");
    expect(source && lineTokens(source, source.lines.length + 1)).toEqual([]);
  });

  it("colours C++ when its grammar has come, and shows it plain until then", async () => {
    const text = "int main() { return 0; }  // done";
    const source = buildSource("a.cpp", { text, language: "cpp" });
    expect(lineTokens(source, 1)).toEqual([[text, ""]]);
    await loadGrammar("cpp");
    expect(lineTokens(source, 1)).toContainEqual(["// done", "t-comment"]);
    expect(textOf(lineTokens(source, 1))).toBe(text);
  });

  it("leaves an unknown language plain", () => {
    expect(tokenize("a <b>\nc", "brainwave")).toEqual([[["a <b>", ""]], [["c", ""]]]);
  });

  it("takes directives off, and only those", () => {
    const [line] = tokenize('x = "# @inspect no"  # @inspect x', "python");
    expect(textOf(withoutDirectives(line ?? []))).toBe('x = "# @inspect no"');
    const [comment] = tokenize("x = 1  # plain", "python");
    expect(textOf(withoutDirectives(comment ?? []))).toBe("x = 1  # plain");
  });
});

describe("locateTrace", () => {
  const page = "https://a.example/course/index.html?trace=x";

  it.each([
    ["lecture_01", "https://a.example/course/var/traces/lecture_01.json"],
    ["lecture_01.json", "https://a.example/course/var/traces/lecture_01.json"],
    ["var/traces/lecture_01.json", "https://a.example/course/var/traces/lecture_01.json"],
    ["/other/x.json", "https://a.example/other/x.json"],
  ])("%s is here", (wanted, href) => {
    expect(locateTrace(wanted, page)).toEqual({ kind: "here", url: new URL(href) });
  });

  it.each(["https://b.example/x.json", "//b.example/x.json", "http://a.example/x.json"])(
    "%s is foreign",
    (wanted) => {
      expect(locateTrace(wanted, page).kind).toBe("foreign");
    },
  );

  it.each([
    "javascript:alert(1)",
    "data:application/json,{}",
    "file:///etc/passwd",
    "blob:x",
    "https://u:p@a.example/x.json",
  ])("%s is refused", (wanted) => {
    expect(locateTrace(wanted, page).kind).toBe("refused");
  });

  it("takes paths in a trace relative to the checkout", () => {
    const root = checkoutRoot(new URL("https://a.example/course/var/traces/x.json"), page);
    expect(root).toBe("https://a.example/course/");
    expect(resolveAsset(root, "var/files/a b.png")).toBe(
      "https://a.example/course/var/files/a%20b.png",
    );
  });

  it.each([
    "../x.png",
    "/x.png",
    "a//b.png",
    ".git/x.png",
    "https://b.example/x.png",
    "a\\b.png",
    "",
  ])("refuses the picture %j", (path) => {
    expect(resolveAsset("https://a.example/", path)).toBeNull();
  });
});

describe("files of the checkout that the server gives out", () => {
  it.each(["/var/traces/a.json", "/var/files/a.png", "/images/b.svg", "/lectures/x/c.webm"])(
    "%s",
    (path) => {
      expect(allowedPath(path)).toBe(path.slice(1));
    },
  );

  it.each([
    "/var/secrets/a.json",
    "/package.json",
    "/.git/config",
    "/var/traces/.hidden.json",
    "/var/traces/..%2f..%2fetc%2fpasswd.json",
    "/images/%2e%2e/x.png",
    "/lecture_01.py",
    "/%ff.png",
    "/",
  ])("not %s", (path) => {
    expect(allowedPath(path)).toBeNull();
  });
});
