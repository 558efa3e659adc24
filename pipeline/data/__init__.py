"""A team's files → rows: import, split, audit, personal data."""
