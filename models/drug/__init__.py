"""The drug: dose, schedule, injection, and its kinetics in tissue and body."""
