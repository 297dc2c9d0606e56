/** What the lecture shows on purpose: text, pictures, plots, links to code… */
export { MarkdownText, preloadText } from "./MarkdownText";
export { RenderingView, type RenderingViewProps } from "./RenderingView";
export { PrintedAnswers, QuestionSummary } from "./lazyViews";
