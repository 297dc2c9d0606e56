"""The figures of lecture 17, as specifications of Vega-Lite."""
