"""Following a run: what Slurm says, how often to ask, what is new."""
