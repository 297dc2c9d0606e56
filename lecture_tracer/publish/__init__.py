"""Traces to things that others can open: a static site, one HTML file, a PDF handout."""
