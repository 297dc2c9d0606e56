"""Questions and answers in English, written here, and what SmolLM2 does with them."""
