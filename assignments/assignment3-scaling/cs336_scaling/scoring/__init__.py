"""How well the planner and its rivals answer, over many worlds whose truth is known."""
