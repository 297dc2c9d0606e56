"""Spend a budget of training runs well, and say what a larger one would reach, how surely."""
