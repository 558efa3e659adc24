"""Whether the passages an answer was given support it, sentence by sentence, without a judge."""
