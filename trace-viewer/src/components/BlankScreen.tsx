/** Nothing at all on the projected screen, while the speaker wants to be listened to. */
import { useSelected } from "../hooks/viewerContext";

/** Only the audience's window is ever blank. */
export function BlankScreen() {
  const blank = useSelected(({ role, classroom }) => role === "audience" && classroom.blank);
  if (!blank) return null;
  return (
    <div className="blank-screen" role="status">
      <span className="visually-hidden">The screen is blank. B brings it back.</span>
    </div>
  );
}
