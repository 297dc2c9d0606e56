"""Problems from a seed: sort, countdown, addition and mod, graded by rule."""
