"""The demonstration disclosures: invented documents of a real county, for demonstration sites only."""
