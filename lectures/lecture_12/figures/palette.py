"""Colours that are told apart on white, on black and in print."""

COLOURS = ["#3b82c4", "#e0526a", "#3f9e6a", "#c08727", "#8f6fc0"]
