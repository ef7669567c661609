"""The verbs of running projects."""
