"""Choosing documents that resemble a target: a score, and what follows from it."""
