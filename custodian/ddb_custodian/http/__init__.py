"""The HTTP edge: the route table as a WSGI application, and the guarded TLS server in front of it."""
