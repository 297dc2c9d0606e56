"""A folder for `sys.path`: modules by the names of other lecture engines."""
