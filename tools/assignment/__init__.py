"""Makes a student's starter of an assignment: `make assignment N=1 DEST=~/cs336-a1`.

What a starter consists of is data beside the assignment (`assignments/*/starter/`); nothing here
names one. `emptying` takes the bodies out of our code, `shingles` proves that none is left.
"""
