"""Walks as they are asked for and as they are sent: from a source to one JSON document."""
