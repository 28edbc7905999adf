"""The HTTP edge: the route table as a Flask application, and the guarded TLS server in front of it."""
