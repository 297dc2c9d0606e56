import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hostOf, isOutside, isRelativePath, safeLink } from "./links";

describe("safeLink", () => {
  it.each([
    ["https://arxiv.org/abs/1508.07909", "https://arxiv.org/abs/1508.07909"],
    ["HTTP://a.org", "http://a.org/"],
    ["mailto:a@b.org", "mailto:a@b.org"],
    ["arXiv:1508.07909v2", "https://arxiv.org/abs/1508.07909v2"],
    ["arxiv:cs.CL/0112017", "https://arxiv.org/abs/cs.CL/0112017"],
    ["?trace=lecture_02&step=3", "?trace=lecture_02&step=3"],
  ])("%s is a link", (address, link) => {
    expect(safeLink(address)).toBe(link);
  });

  it.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "\u0001javascript:alert(1)",
    "java\nscript:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://a.org/1",
    "//elsewhere.example",
    "/var/files/a.png",
    "arxiv:<script>",
    "",
  ])("%j is none", (address) => {
    expect(safeLink(address)).toBeNull();
  });

  it("lets no other scheme through, whatever the text", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("", "http:", "js:", "javascript:", "data:"),
        fc.string(),
        (scheme, rest) => {
          const text = scheme + rest;
          const link = safeLink(text);
          if (link !== null && isOutside(link)) expect(link).toMatch(/^(https?|mailto):/);
        },
      ),
    );
  });

  it("names the host", () => {
    expect(hostOf("https://www.arxiv.org/abs/1")).toBe("arxiv.org");
    expect(hostOf("mailto:a@b.org")).toBe("a@b.org");
    expect(hostOf("nothing")).toBe("");
  });
});

describe("isRelativePath", () => {
  it("takes paths of the checkout", () => {
    expect(["var/files/a.png", "images/b c.svg"].every(isRelativePath)).toBe(true);
  });

  it.each([
    "https://a.org/x.png",
    "data:image/png;base64,",
    "//a.org/x",
    "/etc",
    "\\\\host\\x",
    "",
    "C:\\x",
  ])("refuses %j", (path) => {
    expect(isRelativePath(path)).toBe(false);
  });
});
