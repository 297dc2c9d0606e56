"""The figures of lecture 15, as specifications of Vega-Lite."""
