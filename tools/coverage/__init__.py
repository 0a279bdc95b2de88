"""What the sources of this product name, and where each name went: the page docs/reference/coverage.md."""
