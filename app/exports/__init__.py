"""A walk to take along: the same step as a program, or as a sheet of paper to be filled in.

All numbers come from the walk's document (`app/walks/document.py`), so that an expression, a net
and a moment of a session are taken along in the same way.
"""
