"""Nets to begin with: what each is about, and a picture of it that the engine computes."""
