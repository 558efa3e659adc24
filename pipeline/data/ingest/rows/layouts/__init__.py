"""The layouts that data for fine-tuning, evaluation and annotation comes in → rows of named cells. Reads no files."""
