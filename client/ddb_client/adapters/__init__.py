"""The laptop's adapters: HTTP, mDNS, files, terminal. Only `wiring` composes them."""
