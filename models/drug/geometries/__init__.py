"""Where an injection goes: needles, and the depots that it fills."""
