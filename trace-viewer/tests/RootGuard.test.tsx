// @vitest-environment jsdom
import { render, screen } from "@testing-library/preact";
import { expect, it, vi } from "vitest";
import { RootGuard } from "../src/components/RootGuard";

function Broken(): never {
  throw new Error("no such column");
}

it("shows what went wrong instead of a blank page", () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
  render(
    <RootGuard>
      <Broken />
    </RootGuard>,
  );
  expect(screen.getByRole("alert").textContent).toContain("The page could not be drawn");
  expect(screen.getByRole("alert").textContent).toContain("no such column");
  log.mockRestore();
});
