"""What the reference page of the API shows beside its schemas: an example of every operation and of
every message. A test asks each of a server, or reads it."""
