/** Tells a screen reader where a step led, once stepping pauses. */
import { useEffect, useState } from "react";
import { currentQuestion, isRevealed, markedStep } from "../state/selectors";
import { answerText } from "../trace/questions";
import { plainText } from "../trace/sections";
import { pythonText } from "./values";
import { stepPath } from "../trace/traceIndex";
import type { ViewerState } from "../state/viewerState";
import { useSelected, useViewer } from "../hooks/viewerContext";

const PAUSE_MS = 350;

/** The question that a step asks, or the answer that it gives, as far as it may be told. */
function describeQuestion(state: ViewerState): string {
  const asked = currentQuestion(state);
  const given = asked ? state.answers.get(asked.name) : undefined;
  if (asked) {
    const text = plainText(asked.asked.text.replaceAll("\n", " "));
    const how = given || state.role !== "reader" ? "" : " Enter answers it.";
    return ` Question ${asked.number}: ${text}${how}`;
  }
  const output = state.index.trace.steps[state.step]?.outputs?.find(
    ({ kind }) => kind === "answer",
  );
  const question = output?.kind === "answer" ? state.index.questions.get(output.name) : undefined;
  if (question?.answer === undefined || !isRevealed(state, question)) return "";
  const answer = `${answerText(question.answer) ?? pythonText(question.answer, 80)} ${question.asked.unit ?? ""}`;
  return ` Answer to question ${question.number}: ${answer.trim()}.`;
}

function describe(state: ViewerState): string {
  const { index, step } = state;
  // Never the line of a note: it is the speaker's.
  const marked = markedStep(state);
  const path = stepPath(index, marked);
  const line = index.stepLine[marked] ?? 1;
  const frame = index.trace.frames[index.stepFrame[marked] ?? 0];
  const source = index.sources.get(path)?.lines[line - 1]?.trim() ?? "";
  const changed = Object.keys(index.trace.steps[step]?.changes ?? {});
  const changes = changed.length > 0 ? ` Changed: ${changed.slice(0, 5).join(", ")}.` : "";
  const where = `Step ${step + 1}, ${frame?.function ?? ""}, line ${line}`;
  return `${where}: ${source.slice(0, 120)}.${changes}${describeQuestion(state)}`;
}

/** Speaks for the steps: function, line, source and changed names. */
export function LiveRegion() {
  const { store } = useViewer();
  const [text, setText] = useState("");
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let said = store.getState().step;
    const changed = () => {
      if (store.getState().step === said) return;
      clearTimeout(timer);
      timer = setTimeout(() => {
        said = store.getState().step;
        setText(describe(store.getState()));
      }, PAUSE_MS);
    };
    const unsubscribe = store.subscribe(changed);
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }, [store]);
  return (
    <p className="visually-hidden" role="status">
      {text}
    </p>
  );
}

/** What was put right or could not be done, until it is dismissed. */
export function Notice() {
  const notice = useSelected((state) => state.notice);
  const resumed = useSelected((state) => state.resumed);
  const { store } = useViewer();
  return (
    <div role="status" className="notice-place">
      {notice !== "" && (
        <p className="notice">
          {notice}{" "}
          {resumed && (
            <>
              <button
                type="button"
                className="link-button"
                onClick={() => store.dispatch({ type: "start-over" })}
              >
                Start over
              </button>{" "}
            </>
          )}
          <button
            type="button"
            className="link-button"
            onClick={() => store.dispatch({ type: "notice", text: "" })}
          >
            Dismiss
          </button>
        </p>
      )}
    </div>
  );
}
