"""The reference pages that are generated: what the code can't say of itself is data here, and tests compare the two."""
