/** Why a trace cannot be shown: a headline, what exactly is wrong and where, and what to do. */
export class TraceError extends Error {
  constructor(
    /** One line that names the problem. */
    readonly headline: string,
    /** What was found, with its place in the file. */
    readonly detail: string,
    /** What the reader can do. */
    readonly advice: string,
  ) {
    super(`${headline}: ${detail}`);
    this.name = "TraceError";
  }
}
