"""Persons, organizations, communities and what is known of them before any round."""
