"""What follows the agreement: running projects, what they spend and report, their evaluation, audit and closure."""
