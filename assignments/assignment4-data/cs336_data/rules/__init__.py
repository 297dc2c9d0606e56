"""One rule a file: text in, a decision with its reason out. Rules know no files and no order."""
