"""What biopsy, needle and drug do to tissue and body beside their targets."""
