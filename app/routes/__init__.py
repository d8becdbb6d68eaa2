"""Thin: parse, call the runner, answer."""
