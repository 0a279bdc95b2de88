"""Hugging Face Inference Endpoints."""
