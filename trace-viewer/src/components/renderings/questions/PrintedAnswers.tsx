/** The last part of a handout: the answers to its questions, which stand in their places. */
import type { ReactNode } from "react";
import { useSelected } from "../../../hooks/viewerContext";
import { answerAnchor, questionAnchor } from "../../../trace/questions";
import { MarkdownText } from "../MarkdownText";
import { AnswerValue } from "./Mark";
import "./questions.css";

/** Nothing for a lecture without questions. */
export function PrintedAnswers(): ReactNode {
  const questions = useSelected((state) => state.index.questions);
  if (questions.size === 0) return null;
  return (
    <section className="printed-answers" aria-label="Answers">
      <h2 className="heading">Answers</h2>
      {[...questions.values()].map((question) => (
        <div key={question.name} id={answerAnchor(question)} className="printed-answer">
          <AnswerValue
            question={question}
            label={<a href={`#${questionAnchor(question)}`}>Question {question.number}</a>}
          />
          {question.why !== "" && <MarkdownText text={question.why} />}
        </div>
      ))}
    </section>
  );
}
