/** A question where the lecture asks it: a form for the reader, counters for the speaker. */
import { useId, type ReactNode } from "react";
import { useHasViewer, useQuestion, type QuestionDesk } from "../../../hooks/useQuestion";
import { questionAnchor } from "../../../trace/questions";
import type { RenderingOf } from "../../../trace/schema";
import { Disclosure } from "../../shared/Disclosure";
import { useRenderingScope } from "../../shared/renderingScope";
import { MarkdownText } from "../MarkdownText";
import { HandCounters, RaisedHands } from "./Hands";
import { AnswerValue, GivenAnswerText, Mark } from "./Mark";
import { QuestionForm } from "./QuestionForm";
import "./questions.css";

type Asked = RenderingOf<"question">;

/** Shows the question as this window may: see the head of this file. */
export function QuestionView({ rendering }: { rendering: Asked }): ReactNode {
  const paper = useRenderingScope()?.paper === true;
  const hasViewer = useHasViewer();
  if (!hasViewer) return <Bare asked={rendering} title="Question" />;
  return paper ? <OnPaper asked={rendering} /> : <OnScreen asked={rendering} />;
}

/** The question and its choices, with room for an answer by hand. */
function Bare({ asked, title, id }: { asked: Asked; title: string; id?: string }): ReactNode {
  return (
    <div id={id} className="question" role="group" aria-label={title}>
      <p className="question-head">{title}</p>
      <MarkdownText text={asked.text} />
      <ChoiceList asked={asked} mark="☐" />
      {asked.answer_kind !== "choice" && (
        <p className="question-blank">
          <span className="question-line" /> {asked.unit}
        </p>
      )}
    </div>
  );
}

function OnPaper({ asked }: { asked: Asked }): ReactNode {
  const desk = useQuestion(asked.name);
  if (!desk) return <Bare asked={asked} title="Question" />;
  const { question } = desk;
  return <Bare asked={asked} title={`Question ${question.number}`} id={questionAnchor(question)} />;
}

function ChoiceList({ asked, mark }: { asked: Asked; mark: string }): ReactNode {
  const choices = asked.choices ?? [];
  if (choices.length === 0) return null;
  return (
    <ul className="question-choices">
      {choices.map((choice, at) => (
        <li key={at} className="question-choice">
          <span aria-hidden="true">{mark}</span> <MarkdownText text={choice} />
        </li>
      ))}
    </ul>
  );
}

function OnScreen({ asked }: { asked: Asked }): ReactNode {
  const desk = useQuestion(asked.name);
  const title = useId();
  if (!desk) return <Bare asked={asked} title="Question" />;
  const { question, revealed, role } = desk;
  return (
    <div className="question" role="group" aria-labelledby={title}>
      <p className="question-head" id={title}>
        Question {question.number}
      </p>
      <MarkdownText text={asked.text} />
      {role === "reader" && <ForReader desk={desk} />}
      {role === "presenter" && <ForPresenter desk={desk} />}
      {role === "audience" && !revealed && <ChoiceList asked={asked} mark="○" />}
      {role === "audience" && revealed && (
        <>
          <RaisedHands desk={desk} />
          <AnswerValue question={question} label="Answer" />
        </>
      )}
    </div>
  );
}

function ForReader({ desk }: { desk: QuestionDesk }): ReactNode {
  const { question, given, verdict, revealed, act } = desk;
  const { name, asked } = question;
  if (!given && !revealed) {
    return (
      <>
        <QuestionForm asked={asked} onAnswer={(text) => act({ type: "give", name, text })} />
        {asked.hint && (
          <Disclosure summary="Hint">{() => <MarkdownText text={asked.hint ?? ""} />}</Disclosure>
        )}
      </>
    );
  }
  return (
    <div className="question-given" role="status">
      <GivenText desk={desk} />
      {revealed && given && <Mark verdict={verdict} skipped={given.text === null} />}
      {revealed && <AnswerValue question={question} label="The run’s answer" />}
      {!revealed && <p className="muted">{whenRevealed(desk)}</p>}
      {given && (
        <button type="button" className="text-button" onClick={() => act({ type: "forget", name })}>
          {revealed ? "Clear this answer" : "Answer again"}
        </button>
      )}
    </div>
  );
}

function GivenText({ desk }: { desk: QuestionDesk }): ReactNode {
  const { given, question } = desk;
  if (!given) return <p>You did not answer.</p>;
  if (given.text === null) return <p>You skipped this question.</p>;
  return (
    <p>
      You answered <GivenAnswerText asked={question.asked} text={given.text} />.
    </p>
  );
}

function whenRevealed({ question }: QuestionDesk): string {
  if (question.revealStep === null) return "This lecture does not say the answer: it stays open.";
  return "The lecture gives the answer later.";
}

/** The speaker sees the answer before the audience does. */
function ForPresenter({ desk }: { desk: QuestionDesk }): ReactNode {
  const { question, revealed, open } = desk;
  return (
    <div className="question-speaker">
      <AnswerValue
        question={question}
        label={revealed ? "Answer" : "Answer, hidden from the audience"}
      />
      <HandCounters desk={desk} />
      {!revealed && question.answer !== undefined && (
        <button type="button" className="button" onClick={open}>
          Show the answer to the audience
        </button>
      )}
    </div>
  );
}
