"""Files of text → documents with headings and offsets."""
