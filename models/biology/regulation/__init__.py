"""What raises and lowers the function and the life of immune cells."""
