"""The biology, one mechanism a file: cells, cytokines, traits, rules and their numbers."""
