import { Component, type ReactNode } from "react";

interface LoadGuardProps {
  onFailed: () => void;
  children: ReactNode;
}

/**
 * Around a part that is loaded when it is first used: where it cannot be, the server gone say, the
 * page stays as it was. React offers this to class components alone; give a `key` to try again.
 */
export class LoadGuard extends Component<LoadGuardProps, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override componentDidCatch(): void {
    this.props.onFailed();
  }

  override render(): ReactNode {
    return this.state.failed ? null : this.props.children;
  }
}
