#: Import and export are rights of their own, beside Django's four.
PERMISSIONS = ("add", "change", "delete", "view", "import", "export")
