/** After the last line of a lecture: how its questions went, and a way to begin again. */
import type { ReactNode } from "react";
import { useDispatch, useSelected } from "../../../hooks/viewerContext";
import { tally, tallyText, verdictOf, type GivenAnswer } from "../../../state/answers";
import { isRevealed } from "../../../state/selectors";
import type { Question } from "../../../trace/questions";
import { MarkdownText } from "../MarkdownText";
import { Mark } from "./Mark";
import "./questions.css";

/** Nothing for a lecture without questions, or in a classroom. */
export function QuestionSummary(): ReactNode {
  const index = useSelected((state) => state.index);
  const answers = useSelected((state) => state.answers);
  const role = useSelected((state) => state.role);
  const dispatch = useDispatch();
  if (index.questions.size === 0 || role !== "reader") return null;
  const questions = [...index.questions.values()];
  return (
    <section className="question-summary" aria-label="Your answers">
      <h2 className="heading">Your answers</h2>
      <p>{tallyText(tally(questions, answers))}.</p>
      <ol>
        {questions.map((question) => (
          <SummaryLine
            key={question.name}
            question={question}
            given={answers.get(question.name)}
            onGo={() => dispatch({ type: "go", step: question.step, jump: true })}
          />
        ))}
      </ol>
      <p className="question-buttons">
        <button
          type="button"
          className="button"
          disabled={answers.size === 0}
          onClick={() => dispatch({ type: "answers", action: { type: "clear" } })}
        >
          Clear my answers
        </button>
        <span className="muted">They are kept in this browser only.</span>
      </p>
    </section>
  );
}

interface SummaryLineProps {
  question: Question;
  given: GivenAnswer | undefined;
  onGo: () => void;
}

/** The first paragraph says which question it is. */
const firstSentence = (text: string) => text.trim().split(/\n\s*\n/, 1)[0] ?? "";

function SummaryLine({ question, given, onGo }: SummaryLineProps): ReactNode {
  const revealed = useSelected((state) => isRevealed(state, question));
  const said = !given ? "not answered" : given.text === null ? "skipped" : given.text;
  return (
    <li>
      <button type="button" className="link-button" onClick={onGo}>
        <MarkdownText text={firstSentence(question.asked.text)} />
      </button>{" "}
      <span className={given?.text == null ? "muted" : ""} dir="auto">
        {said}
      </span>
      {revealed && given && given.text !== null && <Mark verdict={verdictOf(question, given)} />}
    </li>
  );
}
