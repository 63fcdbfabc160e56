"""The planners of real expressions: native enumeration, backward search, refinement, and filling in a form."""
