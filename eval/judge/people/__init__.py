"""What people said of answers: cards, labels, agreement, and whether a judge may decide."""
