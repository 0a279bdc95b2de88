"""The Kubernetes API of the operator: the types of its kinds, and their rendering to `crds/`."""
