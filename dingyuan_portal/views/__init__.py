"""Pages that bring catalog, disclosures and services together."""
