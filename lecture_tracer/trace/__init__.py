"""The trace file: its format, bytes, files, headings, and comparison."""
