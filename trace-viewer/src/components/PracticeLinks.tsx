/** From a lecture to the problems that practise it, and back to the same step from there. */
import type { Practice } from "../course/practice";
import { practiceOf } from "../course/practice";
import { usePractice, type CoursePractice } from "../hooks/practiceContext";
import { useSelected } from "../hooks/viewerContext";
import { toAddress } from "../state/selectors";
import { formatPage } from "../state/urlState";

interface ProblemLinkProps {
  practice: Practice;
  opening: CoursePractice["opening"];
}

/** A problem of a task sheet; its page leads back to the step that is shown now. */
function ProblemLink({ practice, opening }: ProblemLinkProps) {
  const { assignment, title, problem } = practice;
  const page = useSelected((state) =>
    formatPage("handout", { assignment }, toAddress(state, opening)),
  );
  return (
    <a href={`${page}#${problem.name}`} aria-label={`${title}, problem ${problem.name}`}>
      <code>{problem.name}</code>
    </a>
  );
}

function Links({
  found,
  opening,
}: { found: readonly Practice[] } & Pick<CoursePractice, "opening">) {
  return found.map((practice, at) => (
    <span key={`${practice.assignment}:${practice.problem.name}`}>
      {practice.assignment !== found[at - 1]?.assignment && `${practice.title}: `}
      <ProblemLink practice={practice} opening={opening} />
      {at + 1 < found.length && ", "}
    </span>
  ));
}

/** Below the heading of a section: the problems that practise it. */
export function SectionPractice({ path, line }: { path: string; line: number }) {
  const practice = usePractice();
  const main = useSelected((state) => state.index.trace.main);
  const found = path === main ? practice?.byLine.get(line) : undefined;
  if (!practice || !found) return null;
  return (
    <p className="practice">
      <span className="practice-mark" aria-hidden="true">
        ✎
      </span>{" "}
      Practise this: <Links found={found} opening={practice.opening} />
    </p>
  );
}

/** Above opened code: the problems that ask for it. */
export function CodePractice({ path, name }: { path: string; name: string }) {
  const practice = usePractice();
  if (!practice || name === "") return null;
  const found = practiceOf(practice.course, path, name);
  if (found.length === 0) return null;
  return (
    <p className="practice">
      Asked for in <Links found={found} opening={practice.opening} />
    </p>
  );
}
