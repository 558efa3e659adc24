"""Before a run: what stands in a prompt, and what the run will take."""
