"""IL-2 in the body: depot, lymph node, plasma and tissues."""
