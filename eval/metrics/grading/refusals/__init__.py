"""What a refusal is made of, language by language."""
