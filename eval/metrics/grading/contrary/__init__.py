"""What holds the words of a reference and says the contrary: values and roles exchanged, opposite verbs, what holds no longer."""
