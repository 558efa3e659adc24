"""One form for what is written in several: endings, abbreviations, countries, wordings."""
