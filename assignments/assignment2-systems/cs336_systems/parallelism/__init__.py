"""What parallel training costs: sharded state, a 4-D calculator, closed forms, a planner.

`zero` has what each stage leaves on a rank; `calculator` memory, traffic and time of a mesh;
`crossovers` when communication takes as long as computation, in symbols; `planner` the best layout;
`report` prints a table of layouts. `docs/parallelism.md` derives the formulas.
"""
