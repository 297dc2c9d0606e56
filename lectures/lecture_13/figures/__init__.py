"""Figures of lecture 13."""
