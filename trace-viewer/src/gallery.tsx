/**
 * Every rendering and every kind of value on one page, to look at while working on them:
 * `npm run dev`, then http://localhost:5173/gallery.html?theme=dark. Not part of the build.
 */
import type { ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { RenderingView } from "./components/renderings";
import { RenderingScope } from "./components/shared/renderingScope";
import { Sparkline, ValueDiff, ValueView } from "./components/values";
import { CHANGES, HISTORY, VALUES } from "./gallery/values";
import { RENDERINGS } from "./gallery/renderings";
import type { RenderingContext, Theme } from "./trace/renderingContext";
import "./styles/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";

const PICTURE = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" width="320" height="120"><rect width="320" height="120" fill="#cfe3ef"/><circle cx="160" cy="60" r="40" fill="#17597f"/></svg>',
)}`;

const THEMES: readonly Theme[] = ["light", "dark", "contrast"];
const wanted = new URLSearchParams(location.search).get("theme");
const theme = THEMES.find((known) => known === wanted) ?? "light";
document.documentElement.dataset["theme"] = theme;

const context: RenderingContext = {
  resolveAsset: (path) => (path.endsWith("missing.png") ? null : PICTURE),
  openSource: (path, first, last) => alert(`${path}:${first}–${last}`),
  theme,
};

function Section({ title, children }: { title: string; children: ReactNode }): ReactNode {
  return (
    <section style={{ margin: "1.2rem 0" }}>
      <h3 style={{ font: "500 0.75rem var(--font-code)", color: "var(--fg-muted)" }}>{title}</h3>
      {children}
    </section>
  );
}

function Gallery(): ReactNode {
  return (
    <RenderingScope value={context}>
      <main style={{ maxWidth: 900, margin: "0 auto", padding: "1rem" }}>
        <h1>Gallery</h1>
        <h2>Renderings</h2>
        {RENDERINGS.map(([title, rendering]) => (
          <Section key={title} title={title}>
            <RenderingView rendering={rendering} />
          </Section>
        ))}
        <h2>Values</h2>
        {VALUES.map(([title, value]) => (
          <Section key={title} title={title}>
            <ValueView value={value} />
          </Section>
        ))}
        <h2>Compact</h2>
        <div style={{ maxWidth: 320 }}>
          {VALUES.map(([title, value]) => (
            <Section key={title} title={title}>
              <ValueView value={value} compact />
            </Section>
          ))}
        </div>
        <h2>Changes</h2>
        {CHANGES.map(([title, before, after]) => (
          <Section key={title} title={title}>
            <ValueDiff before={before} after={after} />
          </Section>
        ))}
        <h2>History</h2>
        <Sparkline points={HISTORY} current={HISTORY[40]?.step ?? 0} onJump={() => undefined} />
      </main>
    </RenderingScope>
  );
}

const root = document.getElementById("root");
if (root) createRoot(root).render(<Gallery />);
