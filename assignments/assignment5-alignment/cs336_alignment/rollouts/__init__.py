"""Sampling answers: without a cache, over a key/value cache, with CUDA graphs."""

from cs336_alignment.rollouts.choose import make_generator
from cs336_alignment.rollouts.protocol import Generator, Rollouts

__all__ = ["Generator", "Rollouts", "make_generator"]
