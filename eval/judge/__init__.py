"""The only place that knows ragas. Its metrics come back as values or as reasons, never as NaN and never dropped."""
