/**
 * What stands for React in the page: Preact, which has the same interface in an eighth of the
 * size. React's 60 kB were two fifths of what a reader waited for before the first line.
 */
export const REACT = {
  "react-dom/client": "preact/compat/client",
  "react-dom": "preact/compat",
  "react/jsx-runtime": "preact/jsx-runtime",
  "react/jsx-dev-runtime": "preact/jsx-dev-runtime",
  react: "preact/compat",
};
