/** What the view of every kind of value is given. */
export interface NodeProps<V> {
  value: V;
  /** Whether its own items are shown; theirs are closed. */
  open: boolean;
  /** Longest text that is shown as one line, in characters. */
  width: number;
  /** The value before, where the view marks itself what changed. */
  previous?: V | undefined;
}
