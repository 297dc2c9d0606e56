"""Running a lecture: hooks of the interpreter to events, events to frames and steps."""
