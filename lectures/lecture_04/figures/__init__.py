"""What lecture 4 draws: routing, its records, and memories."""
