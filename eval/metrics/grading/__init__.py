"""One function grades an answer, everywhere: `grade.grade`. Each other module here knows one concept: numbers, dates, negation, "
"choices."""
