/** What a speaker's window and the projected one share beyond the position. Pure. */

/** What a window is: a reader's own, or one of two that belong together. */
export type Role = "reader" | "presenter" | "audience";

/** Raised hands by choice; a question without choices has them under the empty text. */
export type Hands = ReadonlyMap<string, number>;

/** What both windows know. */
export interface Classroom {
  /** The projected window shows nothing. */
  blank: boolean;
  /** By question. */
  hands: ReadonlyMap<string, Hands>;
  /** Questions whose answer the speaker showed before the lecture came to it. */
  opened: ReadonlySet<string>;
}

/** What the speaker does. */
export type ClassroomAction =
  | { type: "blank"; blank?: boolean }
  | { type: "hands"; name: string; choice: string; by: 1 | -1 }
  | { type: "open"; name: string }
  /** The other window says how it is. */
  | { type: "share"; classroom: Classroom };

/** Before anything happened. */
export const EMPTY_CLASSROOM: Classroom = { blank: false, hands: new Map(), opened: new Set() };

/** The classroom after an action. */
export function classroomReducer(room: Classroom, action: ClassroomAction): Classroom {
  switch (action.type) {
    case "blank":
      return { ...room, blank: action.blank ?? !room.blank };
    case "hands": {
      const counts = new Map(room.hands.get(action.name));
      counts.set(action.choice, Math.max(0, (counts.get(action.choice) ?? 0) + action.by));
      return { ...room, hands: new Map(room.hands).set(action.name, counts) };
    }
    case "open":
      return { ...room, opened: new Set([...room.opened, action.name]) };
    case "share":
      return action.classroom;
  }
}
