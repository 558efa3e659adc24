"""The page Questions: drafted questions, accepted by people."""
