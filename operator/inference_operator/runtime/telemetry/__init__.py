"""What the operator tells of itself: log lines and metrics, both free of secret values."""
