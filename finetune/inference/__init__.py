"""A model answers: written text, likelihoods of a closed set, a schema, an endpoint."""
