"""Event sources: one module for each mechanism of the interpreter, and the choice between them."""
