/** Where the reader is in the lecture: a slider over the steps with a mark at each section. */
import { memo, useRef } from "react";
import { currentSection } from "../state/selectors";
import { SPEEDS, type Move } from "../state/viewerState";
import { isAtEnd } from "../state/moves";
import { useTimelineHint } from "./TimelineHint";
import { IconButton } from "./shared/IconButton";
import type { IconName } from "./shared/Icon";
import { useDispatch, useSelected } from "../hooks/viewerContext";

/** One path for all marks: a lecture may have a hundred sections. */
const SectionMarks = memo(function SectionMarks() {
  const index = useSelected((state) => state.index);
  const last = Math.max(index.stepCount - 1, 1);
  const marks = index.sections.filter((section) => section.level <= 2);
  const path = marks.map(({ step }) => `M${((step / last) * 1000).toFixed(1)} 0V10`).join("");
  return (
    <svg
      className="timeline-marks"
      viewBox="0 0 1000 10"
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={path} vectorEffect="non-scaling-stroke" />
    </svg>
  );
});

function Slider() {
  const dispatch = useDispatch();
  const step = useSelected((state) => state.step);
  const last = useSelected((state) => state.index.stepCount - 1);
  const title = useSelected((state) => state.index.sections[currentSection(state)]?.title ?? "");
  const dragging = useRef(false);
  const { listeners, drawn } = useTimelineHint();
  return (
    <div className="timeline" {...listeners}>
      <SectionMarks />
      {drawn}
      <input
        type="range"
        min={0}
        max={last}
        value={step}
        aria-label="Step"
        aria-valuetext={`step ${step + 1} of ${last + 1}${title && `, ${title}`}`}
        onChange={(event) => {
          // One entry of the history for a whole drag: Back leads to where it began.
          dispatch({ type: "go", step: Number(event.target.value), jump: !dragging.current });
          dragging.current = true;
        }}
        onPointerUp={() => (dragging.current = false)}
        onBlur={() => (dragging.current = false)}
      />
    </div>
  );
}

const BUTTONS: [Move, IconName, string, string][] = [
  ["previous", "previous", "Previous step", "←"],
  ["next", "next", "Next step", "→"],
  ["over", "over", "Over calls", "↓"],
  ["out", "out", "Out of this function", "u"],
];

/** By itself, since it alone of its neighbours changes at every step. */
function StepCounter() {
  const step = useSelected((state) => state.step);
  const last = useSelected((state) => state.index.stepCount - 1);
  return (
    <p className="step-counter">
      step <output aria-live="off">{step + 1}</output> / {last + 1}
    </p>
  );
}

/** The footer: buttons for moving, slider, counter and speed. */
export function Timeline() {
  const dispatch = useDispatch();
  const playing = useSelected((state) => state.playing);
  const ended = useSelected(isAtEnd);
  const speed = useSelected((state) => state.speed);
  return (
    <footer className="transport">
      <div className="transport-buttons" role="group" aria-label="Moving">
        <IconButton
          icon={playing ? "pause" : "play"}
          label={playing ? "Pause" : ended ? "Play from the start" : "Play"}
          shortcut="p"
          onClick={() => dispatch({ type: "play" })}
        />
        <IconButton
          icon="more"
          label="Tools"
          className="narrow-only"
          onClick={() => dispatch({ type: "dialog", dialog: "tools" })}
        />
        {BUTTONS.map(([move, icon, label, key]) => (
          <IconButton
            key={move}
            icon={icon}
            label={label}
            shortcut={key}
            onClick={() => dispatch({ type: "move", move })}
          />
        ))}
      </div>
      <Slider />
      <StepCounter />
      <label className="speed">
        <span className="visually-hidden">Steps per second</span>
        <select
          value={speed}
          onChange={(event) => dispatch({ type: "speed", speed: Number(event.target.value) })}
        >
          {SPEEDS.map((known) => (
            <option key={known} value={known}>
              {known}/s
            </option>
          ))}
        </select>
      </label>
    </footer>
  );
}
