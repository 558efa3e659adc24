"""Records of an extraction: as JSON, or in lines that name their fields; values compared by type."""
