"""What a recorded lecture is made of, counted: `python -m lecture_tracer.report lecture_01`."""
