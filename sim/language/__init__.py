"""The language in which biology is declared: cell types, traits, rules and their factors, walks, units."""
