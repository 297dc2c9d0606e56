"""What lecture 5 draws: the chip, the roofline, strides, tiles and formats."""
