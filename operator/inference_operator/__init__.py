"""A Kubernetes operator for managed inference endpoints."""

__version__ = "0.1.0"
