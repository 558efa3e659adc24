"""The steps of a run, one module a step: each a plain function of what stands in the run folder, writing one artifact."""
