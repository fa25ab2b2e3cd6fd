"""The observation as a visit: planned or begun on the spot, known to both, until it is locked."""
