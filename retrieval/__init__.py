"""Passages, embeddings, indexes and retrievers, behind LangChain's interfaces. Knows nothing of models that answer."""
