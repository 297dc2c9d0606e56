"""Figures of lecture 8."""
