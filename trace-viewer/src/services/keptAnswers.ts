/** The reader's answers in this browser, by lecture. */
import { readAnswers, writeAnswers, type Answers } from "../state/answers";

const keyOf = (lecture: string) => `trace-viewer-answers:${lecture}`;

/** As they were kept; none where the browser keeps nothing. */
export function loadAnswers(lecture: string): Answers {
  try {
    return readAnswers(localStorage.getItem(keyOf(lecture)));
  } catch {
    return new Map();
  }
}

/** Keeping can fail (private windows): the answers then last as long as the page. */
export function keepAnswers(lecture: string, answers: Answers): void {
  try {
    if (answers.size === 0) localStorage.removeItem(keyOf(lecture));
    else localStorage.setItem(keyOf(lecture), writeAnswers(answers));
  } catch {
    return;
  }
}

/** Calls back when another tab of the same lecture has other answers. */
export function followAnswers(lecture: string, onAnswers: (answers: Answers) => void): () => void {
  const changed = (event: StorageEvent) => {
    if (event.key === keyOf(lecture)) onAnswers(readAnswers(event.newValue));
  };
  addEventListener("storage", changed);
  return () => removeEventListener("storage", changed);
}
