/** Everything that the views of one question and of its answer need to know, and may do. */
import { useCallback, useContext } from "react";
import { verdictOf, type AnswerAction, type GivenAnswer } from "../state/answers";
import type { Hands, Role } from "../state/classroom";
import { isRevealed } from "../state/selectors";
import type { Question, Verdict } from "../trace/questions";
import { useDispatch, useSelected, ViewerContext } from "./viewerContext";

/** A question as this window shows it. */
export interface QuestionDesk {
  question: Question;
  role: Role;
  given: GivenAnswer | undefined;
  /** Only meaningful once it is revealed. */
  verdict: Verdict;
  revealed: boolean;
  hands: Hands;
  act: (action: AnswerAction) => void;
  /** Counts hands for a choice. */
  raise: (choice: string, by: 1 | -1) => void;
  /** Shows the answer to the audience. */
  open: () => void;
}

const NO_HANDS: Hands = new Map();

/** Whether there is a store to answer into; there is none in the gallery. */
export function useHasViewer(): boolean {
  return useContext(ViewerContext) !== null;
}

/** The desk of the question called `name`, or null where the trace asks none such. */
export function useQuestion(name: string): QuestionDesk | null {
  const dispatch = useDispatch();
  const question = useSelected((state) => state.index.questions.get(name));
  const role = useSelected((state) => state.role);
  const given = useSelected((state) => state.answers.get(name));
  const hands = useSelected((state) => state.classroom.hands.get(name) ?? NO_HANDS);
  const revealed = useSelected((state) => question !== undefined && isRevealed(state, question));
  const act = useCallback(
    (action: AnswerAction) => dispatch({ type: "answers", action }),
    [dispatch],
  );
  const raise = useCallback(
    (choice: string, by: 1 | -1) =>
      dispatch({ type: "classroom", action: { type: "hands", name, choice, by } }),
    [dispatch, name],
  );
  const open = useCallback(
    () => dispatch({ type: "classroom", action: { type: "open", name } }),
    [dispatch, name],
  );
  if (!question) return null;
  const verdict = given ? verdictOf(question, given) : "open";
  return { question, role, given, verdict, revealed, hands, act, raise, open };
}
