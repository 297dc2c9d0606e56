import { Component, type ReactNode } from "react";

interface GuardProps {
  /** What is being shown: a new one is tried again. */
  subject: unknown;
  children: ReactNode;
}

interface GuardState {
  subject: unknown;
  /** Why it cannot be shown; null while it can. */
  problem: string | null;
}

/**
 * Keeps one rendering or value that cannot be shown (nested ten thousand deep, say) from taking
 * the page with it. React offers this to class components alone.
 */
export class Guard extends Component<GuardProps, GuardState> {
  override state: GuardState = { subject: this.props.subject, problem: null };

  static getDerivedStateFromError(error: unknown): Partial<GuardState> {
    return { problem: error instanceof Error ? error.message : String(error) };
  }

  static getDerivedStateFromProps({ subject }: GuardProps, state: GuardState): GuardState | null {
    return state.subject === subject ? null : { subject, problem: null };
  }

  override render(): ReactNode {
    const { problem } = this.state;
    if (problem === null) return this.props.children;
    return (
      <p className="guard-failed" role="note">
        This cannot be shown: {problem}
      </p>
    );
  }
}
