"""The documents are tested: their commands run, their examples are recorded."""
