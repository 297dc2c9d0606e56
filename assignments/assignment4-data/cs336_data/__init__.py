"""Assignment 4: web archives in, a training set out, one pure rule per file."""
