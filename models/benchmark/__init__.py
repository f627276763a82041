"""Small models of nobody's biology, by which the engine is timed beside other frameworks."""
