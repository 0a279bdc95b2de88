"""`python -m tools.reference`: write the generated pages of docs/reference."""

from tools.reference.pages import PAGES

for path, page in PAGES.items():
    path.write_text(page(), encoding="utf-8")
