"""What lecture 6 draws: the machine, times, and tiles."""
