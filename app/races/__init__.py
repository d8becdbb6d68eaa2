"""What a race of optimizers is asked for, and what is told of it. Without any I/O."""
