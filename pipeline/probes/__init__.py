"""Evidence beyond the average, as stages like any other: nothing here changes a verdict."""
