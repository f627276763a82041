"""IL-2 in the tissue: diffusion, uptake and loss, in three dimensions and on the section."""
