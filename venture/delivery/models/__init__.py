"""The records of running projects. All amounts in fen."""
