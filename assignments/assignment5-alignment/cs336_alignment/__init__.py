"""Assignment 5: supervised fine-tuning, expert iteration, policy gradients and DPO."""
