"""Pure: states, custody clock, release, which light. No clock, entropy, file or socket is reached from here."""
