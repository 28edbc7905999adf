"""What laptop and custodian agree on: bytes, messages, conditions, rights. Pure: no clock, entropy, file or socket."""
