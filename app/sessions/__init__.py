"""A session and its viewers, sans-IO: commands in, messages and frames out; no clock, no socket."""
