"""Questions from documents alone: drafted by a model, checked by rules and by asking again, accepted by people. Trains nothing."""
