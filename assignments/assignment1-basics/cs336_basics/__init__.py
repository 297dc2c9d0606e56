"""Assignment 1: byte-pair encoding, a Transformer language model, training and generation."""
