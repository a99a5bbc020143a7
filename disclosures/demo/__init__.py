"""Invented documents of a real county, for demonstration sites only."""
