"""A run to take along: its settings, its weights, its curves, and as a program that trains it."""
