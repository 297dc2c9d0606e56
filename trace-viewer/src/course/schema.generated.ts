// Generated from docs/course.schema.json by `npm run types`. Do not edit: change the engine's schema.

export interface CourseDocuments {
  course: CourseDocument;
  figures: Figures;
  handouts: Handouts;
  implementations: Implementations;
  glossary: Glossary;
  bibliography: Bibliography;
  search: SearchText;
  sources: SourceTexts;
}
/**
 * `course.json`.
 */
export interface CourseDocument {
  title?: string;
  description?: string;
  authors?: string[];
  licence?: string;
  /**
   * In the order in which lectures name them first.
   */
  units?: Unit[];
  lectures: Lecture[];
  assignments?: Assignment[];
  /**
   * Further pages that this course has something for.
   */
  pages?: string[];
}
/**
 * A part of the syllabus.
 */
export interface Unit {
  /**
   * As lectures name it in their headers; empty for those that name none.
   */
  name: string;
  title?: string;
  /**
   * What it is about, in a sentence.
   */
  line?: string;
}
/**
 * One lecture.
 */
export interface Lecture {
  /**
   * Such as `lecture_01`; `?trace=NAME` opens it.
   */
  name: string;
  title: string;
  /**
   * First line of its docstring, without `Lecture 6:` before it.
   */
  summary?: string;
  unit?: string;
  minutes?: number | null;
  /**
   * Names of lectures.
   */
  prerequisites?: string[];
  /**
   * Names of assignments that it prepares for.
   */
  assignments?: string[];
  /**
   * 0 where it is not recorded yet.
   */
  steps?: number;
  /**
   * As in its trace.
   */
  ended?: string;
  questions?: number;
  /**
   * Whether `figures.json` has one.
   */
  figure?: boolean;
  /**
   * In the order in which they begin.
   */
  sections?: Section[];
  /**
   * What it opens outside its own folder, in that order, private names last.
   */
  opens?: Opened[];
}
/**
 * A function of the lecture's file that ran: the unit that task sheets refer to.
 */
export interface Section {
  /**
   * Such as `vocabulary_size`.
   */
  function: string;
  /**
   * The first heading that it shows, else the heading above it; Markdown.
   */
  title: string;
  /**
   * Its first step.
   */
  step: number;
}
/**
 * Code of an assignment, or of another part of the course, that a lecture opens or walks.
 */
export interface Opened {
  name: string;
  path: string;
  first: number;
  last: number;
  /**
   * The first step that does so.
   */
  step: number;
}
/**
 * One assignment; without problems where it has no task sheet yet.
 */
export interface Assignment {
  /**
   * Its folder, such as `assignment1-basics`.
   */
  name: string;
  title: string;
  /**
   * First paragraph of the task sheet, Markdown.
   */
  summary?: string;
  handout?: boolean;
  points?: number;
  problems?: Problem[];
}
/**
 * One problem of a task sheet.
 */
export interface Problem {
  name: string;
  points: number;
  /**
   * The heading of the second level above it.
   */
  part?: string;
  /**
   * What is handed in: functions and classes.
   */
  names?: string[];
  /**
   * Where: files relative to the package.
   */
  files?: string[];
  places?: Place[];
}
/**
 * A section of a lecture that practises a problem.
 */
export interface Place {
  lecture: string;
  function: string;
  title?: string;
  /**
   * Where it begins; absent where the lecture is not recorded or has no such section.
   */
  step?: number | null;
}
/**
 * `figures.json`.
 */
export interface Figures {
  /**
   * By lecture; those without any are left out.
   */
  figures: {
    [k: string]: Figure;
  };
}
/**
 * A picture of a lecture.
 */
export interface Figure {
  /**
   * The step that shows it.
   */
  step: number;
  /**
   * As in the trace: a plot, an image or a graph.
   */
  rendering: {
    [k: string]: unknown;
  };
}
/**
 * `handouts.json`.
 */
export interface Handouts {
  /**
   * Markdown, by the name of the assignment; those without a task sheet are left out.
   */
  texts: {
    [k: string]: string;
  };
}
/**
 * `implementations.json`.
 */
export interface Implementations {
  /**
   * By file and line.
   */
  implementations: Implementation[];
}
/**
 * A function or class.
 */
export interface Implementation {
  /**
   * Of its file, relative to the root, such as `assignments/…/bpe.py`.
   */
  path: string;
  name: string;
  /**
   * Its first line, decorators included.
   */
  first: number;
  last: number;
  /**
   * First line of its docstring.
   */
  summary?: string;
  uses?: Use[];
  tasks?: Task[];
}
/**
 * A step of a lecture that opens or walks an implementation.
 */
export interface Use {
  lecture: string;
  /**
   * The first.
   */
  step: number;
  /**
   * The method, where it is one, such as `Tokenizer.encode`.
   */
  name?: string;
  /**
   * The heading that the step stands under, Markdown.
   */
  section?: string;
  /**
   * Its lines are steps; otherwise it is only opened beside the lecture.
   */
  walked?: boolean;
}
/**
 * A problem that it is the answer to.
 */
export interface Task {
  assignment: string;
  problem: string;
}
/**
 * `glossary.json`.
 */
export interface Glossary {
  /**
   * By name, without regard to case.
   */
  terms: Term[];
}
/**
 * A term and where it is defined first.
 */
export interface Term {
  name: string;
  /**
   * Other names: `BPE` of byte-pair encoding.
   */
  aliases?: string[];
  /**
   * A sentence or two of the lecture, Markdown; the term is marked in it.
   */
  definition: string;
  lecture: string;
  step: number;
  /**
   * The heading above it, Markdown.
   */
  section?: string;
}
/**
 * `bibliography.json`.
 */
export interface Bibliography {
  /**
   * By the name of the first author or of the organization, then by date and title.
   */
  works: Work[];
}
/**
 * A paper, a page, a film, a program.
 */
export interface Work {
  title: string;
  authors?: string[];
  organization?: string;
  /**
   * Year, month or day in ISO form, as far as it is known.
   */
  date?: string;
  url: string;
  /**
   * Its number there.
   */
  arxiv?: string;
  /**
   * What it shows, in the words of the lecture that says so first.
   */
  notes?: string;
  /**
   * In the order of the course, one a section.
   */
  cited: Citation[];
}
/**
 * A section of a lecture that cites a work.
 */
export interface Citation {
  lecture: string;
  /**
   * The first of the section that does.
   */
  step: number;
  /**
   * The heading above it, Markdown.
   */
  section?: string;
}
/**
 * `search.json`.
 */
export interface SearchText {
  lectures: LectureText[];
}
/**
 * One lecture.
 */
export interface LectureText {
  name: string;
  title: string;
  /**
   * (step, kind, text), in order, each text once: `text` and `question` in Markdown, `figure`, `link`, and `code` that is shown and not run.
   */
  shown: [number, string, string][];
  /**
   * Its own file, indentation taken off, a blank line for each that is not to be found.
   */
  code: string;
  /**
   * (line, step): from that line on, up to the next, a line leads to that step.
   */
  steps: [number, number][];
}
/**
 * `sources.json`.
 */
export interface SourceTexts {
  files: SourceText[];
}
/**
 * One file.
 */
export interface SourceText {
  /**
   * Relative to the root, with `/`.
   */
  path: string;
  assignment: string;
  text: string;
  /**
   * (first line, last line, lecture, step) of what a lecture opens or walks, the first time.
   */
  opened?: [number, number, string, number][];
}
