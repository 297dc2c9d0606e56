"""The figures of lecture 9, as specifications of Vega-Lite."""
