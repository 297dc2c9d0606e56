/** Keeps the reader's answers in the browser, and takes over those given in another tab. */
import { useEffect } from "react";
import { followAnswers, keepAnswers, loadAnswers } from "../services/keptAnswers";
import type { Store } from "../state/store";
import type { ViewerAction, ViewerState } from "../state/viewerState";

/** From the page's beginning to its end; a lecture without questions keeps nothing. */
export function useKeptAnswers(store: Store<ViewerState, ViewerAction>): void {
  useEffect(() => {
    const { lecture } = store.getState().index.trace;
    const load = (answers: ViewerState["answers"]) =>
      store.dispatch({ type: "answers", action: { type: "load", answers } });
    load(loadAnswers(lecture));
    let kept = store.getState().answers;
    const unsubscribe = store.subscribe(() => {
      const { answers } = store.getState();
      if (answers === kept) return;
      kept = answers;
      keepAnswers(lecture, answers);
    });
    const unfollow = followAnswers(lecture, (answers) => {
      kept = answers;
      load(answers);
    });
    return () => {
      unsubscribe();
      unfollow();
    };
  }, [store]);
}
