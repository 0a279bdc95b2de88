"""What makes parts of the documentation from the code: run by hand, and checked by tests/docs."""
