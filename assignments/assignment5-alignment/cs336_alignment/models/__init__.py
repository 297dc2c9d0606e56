"""The models that are trained and sampled: the project's Transformer, Hugging Face's, SmolLM2."""
