/** Where the lecture gives an answer: the reader's own beside the run's, once it may be seen. */
import type { ReactNode } from "react";
import { useHasViewer, useQuestion, type QuestionDesk } from "../../../hooks/useQuestion";
import { answerAnchor } from "../../../trace/questions";
import type { RenderingOf } from "../../../trace/schema";
import { useRenderingScope } from "../../shared/renderingScope";
import { InlineValue } from "../../values/InlineValue";
import { MarkdownText } from "../MarkdownText";
import { RaisedHands } from "./Hands";
import { AnswerValue, GivenAnswerText, Mark } from "./Mark";
import "./questions.css";

type Answer = RenderingOf<"answer">;

/** Shows the answer as this window may: see the head of this file. */
export function AnswerView({ rendering }: { rendering: Answer }): ReactNode {
  const hasViewer = useHasViewer();
  return hasViewer ? <InLecture rendering={rendering} /> : <Alone rendering={rendering} />;
}

/** An answer whose question is not in the trace, or that stands by itself in the gallery. */
function Alone({ rendering }: { rendering: Answer }): ReactNode {
  return (
    <div className="question" role="group" aria-label="Answer">
      <p className="question-head">Answer</p>
      <p>
        <InlineValue value={rendering.answer} />
      </p>
      {rendering.text && <MarkdownText text={rendering.text} />}
    </div>
  );
}

function InLecture({ rendering }: { rendering: Answer }): ReactNode {
  const desk = useQuestion(rendering.name);
  const paper = useRenderingScope()?.paper === true;
  if (!desk) return <Alone rendering={rendering} />;
  const { question, revealed, role } = desk;
  const title = `Answer to question ${question.number}`;
  if (paper) {
    return (
      <p className="question-later">
        <a href={`#${answerAnchor(question)}`}>{title}</a>: at the end of this handout.
      </p>
    );
  }
  const speaker = role === "presenter";
  return (
    <div className="question" role="group" aria-label={title}>
      <p className="question-head">{title}</p>
      {revealed || speaker ? (
        <Revealed desk={desk} why={rendering.text ?? ""} />
      ) : (
        <Hidden desk={desk} />
      )}
    </div>
  );
}

function Hidden({ desk }: { desk: QuestionDesk }): ReactNode {
  const { question, role, act } = desk;
  return (
    <p className="muted">
      It is shown when the lecture comes to it.{" "}
      {role === "reader" && (
        <button
          type="button"
          className="text-button"
          onClick={() => act({ type: "show", name: question.name })}
        >
          Show it now
        </button>
      )}
    </p>
  );
}

function Revealed({ desk, why }: { desk: QuestionDesk; why: string }): ReactNode {
  const { question, given, verdict, role } = desk;
  const answered = role === "reader" && given !== undefined && given.text !== null;
  return (
    <>
      <AnswerValue question={question} label={role === "reader" ? "The run’s answer" : "Answer"} />
      {answered && (
        <div className="question-given">
          <p>
            You answered <GivenAnswerText asked={question.asked} text={given.text ?? ""} />.
          </p>
          <Mark verdict={verdict} />
          {verdict === "open" && <OwnVerdict desk={desk} />}
        </div>
      )}
      {role !== "reader" && <RaisedHands desk={desk} />}
      {why !== "" && <MarkdownText text={why} />}
    </>
  );
}

/** A free text only the reader can compare with the expected one. */
function OwnVerdict({ desk }: { desk: QuestionDesk }): ReactNode {
  const { question, act } = desk;
  const say = (verdict: "right" | "wrong") => act({ type: "own", name: question.name, verdict });
  return (
    <p className="question-buttons">
      <button type="button" className="button" onClick={() => say("right")}>
        ✓ I had it
      </button>
      <button type="button" className="button" onClick={() => say("wrong")}>
        ✗ Not quite
      </button>
    </p>
  );
}
