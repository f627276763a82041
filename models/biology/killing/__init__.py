"""Who kills tumour cells, and what makes them visible to killers."""
