"""A server of a language model in simulated time: arrivals, memory for caches, and a schedule."""
