"""What runs every tick: compiled loops over cells and voxels, and the arrays they work on."""
