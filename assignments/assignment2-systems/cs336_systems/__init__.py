"""Assignment 2: attention kernels, profiling and distributed training for `cs336_basics` models."""
