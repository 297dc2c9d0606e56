"""Tools of the repository: the locks, the table of dependencies, what a change touches."""
