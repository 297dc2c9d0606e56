"""The figures of lecture 12, as specifications of Vega-Lite."""
