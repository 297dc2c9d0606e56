"""How a figure is taken: clocks, labels, memory, and what a record says of its origin."""
