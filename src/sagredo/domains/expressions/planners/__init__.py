"""The planners of real expressions: backward search, pursuit, spelling, refinement, and filling in a form."""
