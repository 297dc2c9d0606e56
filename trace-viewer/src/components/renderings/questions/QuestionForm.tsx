/** Where the reader answers: Enter answers, Escape skips, and the keys of the lecture come back. */
import { useId, useState, type KeyboardEvent, type ReactNode, type SyntheticEvent } from "react";
import { readNumber } from "../../../trace/arithmetic";
import type { RenderingOf } from "../../../trace/schema";
import { MarkdownText } from "../MarkdownText";

type Asked = RenderingOf<"question">;

interface QuestionFormProps {
  asked: Asked;
  /** Null: skipped. */
  onAnswer: (text: string | null) => void;
}

/** Why a text is no answer, or an empty text. */
function problemOf(asked: Asked, text: string): string {
  if (text.trim() === "") {
    return asked.answer_kind === "choice" ? "Choose one, or skip." : "Type an answer, or skip.";
  }
  if (asked.answer_kind !== "number" || readNumber(text, asked.unit) !== null) return "";
  return `“${text.trim().slice(0, 30)}” is not a number. Write 1,000 or 3e-4 or 2^20 or 12*64.`;
}

/** The keys of the lecture work where its column has the focus. */
function focusLecture(from: Element): void {
  const pane = from.closest<HTMLElement>(".source-pane");
  pane?.focus({ preventScroll: true });
}

/** Asks for a number, a choice or a text, as the question says. */
export function QuestionForm({ asked, onAnswer }: QuestionFormProps): ReactNode {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");
  const explained = useId();
  const finish = (from: Element, answer: string | null) => {
    focusLecture(from);
    onAnswer(answer);
  };
  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    const wrong = problemOf(asked, text);
    setProblem(wrong);
    if (wrong === "") finish(event.currentTarget, text.trim());
  };
  const keys = (event: KeyboardEvent<HTMLFormElement>) => {
    const written = event.target instanceof HTMLTextAreaElement && !event.shiftKey;
    if (event.key === "Escape") finish(event.currentTarget, null);
    else if (event.key === "Enter" && written) event.currentTarget.requestSubmit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const field = { asked, text, explained, wrong: problem !== "", onChange: setText };
  return (
    <form className="question-form" noValidate onSubmit={submit} onKeyDown={keys}>
      {asked.answer_kind === "choice" ? <Choices {...field} /> : <Field {...field} />}
      {problem !== "" && (
        <p className="question-problem" id={explained} role="alert">
          {problem}
        </p>
      )}
      <p className="question-buttons">
        <button type="submit" className="button button-primary">
          Answer
        </button>
        <button
          type="button"
          className="button"
          onClick={(event) => finish(event.currentTarget, null)}
        >
          Skip
        </button>
      </p>
    </form>
  );
}

interface FieldProps {
  asked: Asked;
  text: string;
  /** Id of the element that says what is wrong. */
  explained: string;
  wrong: boolean;
  onChange: (text: string) => void;
}

function Field({ asked, text, explained, wrong, onChange }: FieldProps): ReactNode {
  const shared = {
    value: text,
    "aria-label": "Your answer",
    "aria-invalid": wrong || undefined,
    "aria-describedby": wrong ? explained : undefined,
  };
  if (asked.answer_kind === "text") {
    return (
      <textarea
        {...shared}
        dir="auto"
        className="question-field"
        rows={2}
        onChange={(event) => onChange(event.target.value)}
      />
    );
  }
  return (
    <span className="question-number">
      <input
        {...shared}
        className="question-field"
        inputMode="decimal"
        autoComplete="off"
        onChange={(event) => onChange(event.target.value)}
      />
      {asked.unit && <span>{asked.unit}</span>}
    </span>
  );
}

function Choices({ asked, text, onChange }: FieldProps): ReactNode {
  const group = useId();
  return (
    <fieldset className="question-choices">
      <legend className="visually-hidden">Your answer</legend>
      {(asked.choices ?? []).map((choice, at) => (
        <label key={at} className="question-choice">
          <input
            type="radio"
            name={group}
            checked={choice === text}
            onChange={() => onChange(choice)}
          />
          <MarkdownText text={choice} />
        </label>
      ))}
    </fieldset>
  );
}
