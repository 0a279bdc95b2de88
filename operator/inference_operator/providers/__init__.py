"""Providers: one folder each, found by entry point."""
