"""Scaling laws: fits, a training API to query, a planner with honest intervals, a real study."""
