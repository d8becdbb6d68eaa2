"""What REST answers with, one class for each shape; what travels on the stream is in
``app.messages``."""
