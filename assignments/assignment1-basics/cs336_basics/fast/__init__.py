"""The fast counterparts of plain pages: layers, attention, optimizer step, the whole iteration.

Each has the result of the plain one in `cs336_basics` or `cs336_basics.training`; tests hold them
together.
"""
