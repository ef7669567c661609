"""Communities and their councils: matters taken through the seven steps, meetings, ballots and outcomes."""
