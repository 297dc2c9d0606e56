import { Component, type ReactNode } from "react";
import { TraceError } from "../trace/traceError";
import { ErrorScreen } from "./ErrorScreen";

/** Around the whole page: whatever fails to be drawn, the reader sees what and can go on. */
export class RootGuard extends Component<{ children: ReactNode }, { problem: string | null }> {
  override state: { problem: string | null } = { problem: null };

  static getDerivedStateFromError(error: unknown): { problem: string } {
    return { problem: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    const { problem } = this.state;
    if (problem === null) return this.props.children;
    const error = new TraceError(
      "The page could not be drawn",
      problem,
      "Reload it, or choose another lecture. Please report this with the trace.",
    );
    return <ErrorScreen error={error} lectures={null} onFile={() => location.reload()} />;
  }
}
