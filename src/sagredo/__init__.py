"""Sagredo: from a few dozen measurements to the program that made them, and to the next one to take."""
