"""Released endpoints: which there are, deleting them and taking them back."""
