"""The money of a round: awards under the ceilings of their themes, notices, agreements and instalments."""
