/** Line icons, drawn on a 20 × 20 grid in the text's colour. Labels belong to the button. */
const PATHS = {
  menu: "M3 5h14M3 10h14M3 15h14",
  search: "M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12zM17 17l-3.8-3.8",
  first: "M5 4v12M16 4l-8 6 8 6z",
  last: "M15 4v12M4 4l8 6-8 6z",
  previous: "M12.5 4.5L7 10l5.5 5.5",
  next: "M7.5 4.5L13 10l-5.5 5.5",
  over: "M3 13a7 6 0 0 1 13-2M17 6v5h-5M10 15.5h.01",
  out: "M10 17V4M5 9l5-5 5 5",
  play: "M6 4l10 6-10 6z",
  pause: "M7 4v12M13 4v12",
  help: "M7.5 7.5a2.5 2.5 0 1 1 3.6 2.3c-.8.4-1.1.9-1.1 1.7v.5M10 15h.01",
  code: "M7 6l-4 4 4 4M13 6l4 4-4 4",
  theme: "M10 3a7 7 0 1 0 0 14zM10 3a7 7 0 0 1 0 14",
  screen: "M3 4h14v9H3zM7 17h6M10 13v4",
  fullscreen: "M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4",
  close: "M5 5l10 10M15 5L5 15",
  pin: "M7 3h6l-1 6 3 3H5l3-3zM10 12v5",
  back: "M8 5L3 10l5 5M3 10h14",
  forward: "M12 5l5 5-5 5M17 10H3",
  follow: "M10 6a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM10 2v4M10 14v4M2 10h4M14 10h4",
  variables:
    "M7 4c-2 0-2 1-2 3s0 3-2 3c2 0 2 1 2 3s0 3 2 3M13 4c2 0 2 1 2 3s0 3 2 3c-2 0-2 1-2 3s0 3-2 3",
  history: "M3 15l4-5 3 3 6-8",
  file: "M5 3h7l3 3v11H5zM12 3v3h3",
  eye: "M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5zM10 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  more: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  larger: "M3 16L8 4l5 12M5 12h6M16 6v6M13 9h6",
  smaller: "M3 16L8 4l5 12M5 12h6M13.5 9h5",
  print: "M6 8V3h8v5M6 14H3V8h14v6h-3M6 12h8v5H6z",
} as const;

/** Every icon that there is. */
export type IconName = keyof typeof PATHS;

/** A decoration: the control that holds it has the label. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      aria-hidden="true"
      width="1.15em"
      height="1.15em"
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
