"""What the pages around the lectures show: documents made from traces, headers and task sheets."""
