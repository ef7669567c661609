"""The bridge between money and matters: which yuan helped which matter, and what it yielded."""
