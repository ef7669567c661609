"""Review by experts: conflicts, assignment, score sheets and the ranking."""
