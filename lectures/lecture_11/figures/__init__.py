"""The figures of lecture 11, as specifications of Vega-Lite."""
