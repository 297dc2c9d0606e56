"""Task sheets, starters and judges of all assignments that have one."""
