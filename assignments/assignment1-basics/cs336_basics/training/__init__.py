"""A training run: its windows, its iterations, its folder, its figures."""
