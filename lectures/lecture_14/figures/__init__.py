"""The figures of lecture 14, as specifications of Vega-Lite."""
