"""Process groups, collectives and the arithmetic of parallel training."""
