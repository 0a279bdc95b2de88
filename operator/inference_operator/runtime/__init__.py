"""What wires the rest: handlers, queue, observers, reconciler."""
