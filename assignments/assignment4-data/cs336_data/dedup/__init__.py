"""Duplicates: of lines, of paragraphs, of documents, and of what a model is tested on."""
