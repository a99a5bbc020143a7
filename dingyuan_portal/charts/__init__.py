"""The charts of 四册一图一表, drawn from the definitions that the portal itself goes by."""
