"""Figures of lecture 7, as Vega-Lite specifications."""
