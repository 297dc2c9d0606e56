"""Training a tokenizer fast, its files, and the two commands that work on whole files."""
