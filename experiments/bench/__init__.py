"""Speed: named cases, measured in CPU seconds of one core, alone or in turns with another checkout."""
