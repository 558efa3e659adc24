"""A run's jobs done by several processes, here or elsewhere: a driver hands them out, workers do them in folders of their own."""
