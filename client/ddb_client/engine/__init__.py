"""The engine: drops streamed out to sinks and back from sources, in bounded memory, on two cores."""
