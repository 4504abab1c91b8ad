"""Learning: experience, targets, and what all learners share."""
