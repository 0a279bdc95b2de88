"""`python -m tools.coverage`: write docs/reference/coverage.md."""

from tools.coverage.page import main

main()
