"""Pure: sealing, threshold, packing, plans, tickets. No clock, entropy, file or socket is reached from here."""
