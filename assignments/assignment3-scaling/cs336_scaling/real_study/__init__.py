"""A real scaling study: sources of known entropy, small Transformers, many runs on few devices."""
