"""The process that records one lecture, from both sides."""
