/** Raised hands: the speaker counts them, the audience sees the counts with the answer. */
import type { ReactNode } from "react";
import type { QuestionDesk } from "../../../hooks/useQuestion";
import { answerText } from "../../../trace/questions";
import { MarkdownText } from "../MarkdownText";

/** A question without choices has one counter. */
const choicesOf = ({ question }: QuestionDesk): readonly string[] =>
  question.asked.choices?.length ? question.asked.choices : [""];

/** A row of − and + for each choice. */
export function HandCounters({ desk }: { desk: QuestionDesk }): ReactNode {
  return (
    <ul className="hands" aria-label="Raised hands">
      {choicesOf(desk).map((choice, at) => {
        const name = choice === "" ? "Hands" : choice;
        return (
          <li key={at} className="hand-counter">
            <MarkdownText text={name} />
            <button
              type="button"
              className="button"
              aria-label={`One hand less: ${name}`}
              onClick={() => desk.raise(choice, -1)}
            >
              −
            </button>
            <output aria-label={`Hands for ${name}`}>{desk.hands.get(choice) ?? 0}</output>
            <button
              type="button"
              className="button"
              aria-label={`One hand more: ${name}`}
              onClick={() => desk.raise(choice, 1)}
            >
              +
            </button>
          </li>
        );
      })}
    </ul>
  );
}

/** The choices with their hands as bars, the right one marked; nothing where none was counted. */
export function RaisedHands({ desk }: { desk: QuestionDesk }): ReactNode {
  const choices = desk.question.asked.choices ?? [];
  const right = desk.question.answer === undefined ? null : answerText(desk.question.answer);
  const most = Math.max(1, ...desk.hands.values());
  if (choices.length === 0) {
    const count = desk.hands.get("") ?? 0;
    return count === 0 ? null : <p className="muted">{count} hands</p>;
  }
  return (
    <ul className="hands">
      {choices.map((choice, at) => {
        const count = desk.hands.get(choice) ?? 0;
        return (
          <li key={at} className="hand-bar" data-right={choice === right || undefined}>
            <span className="hand-sign">
              {choice === right && (
                <>
                  <span aria-hidden="true">✓</span>
                  <span className="visually-hidden">right: </span>
                </>
              )}
            </span>
            <MarkdownText text={choice} />
            {desk.hands.size > 0 && (
              <>
                <progress value={count} max={most} aria-label={`Hands for ${choice}`} />
                <span>{count}</span>
              </>
            )}
          </li>
        );
      })}
    </ul>
  );
}
