"""Everything that touches model weights: finding, training, merging, decoding. Knows nothing of retrieval or scores."""
