"""The real world behind each port of the custodian."""
