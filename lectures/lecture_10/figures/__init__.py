"""What lecture 10 draws."""
