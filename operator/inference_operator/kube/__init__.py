"""The Kubernetes side."""
