"""`inference-operator release`: what the Helm chart's jobs run in the operator's own image."""
