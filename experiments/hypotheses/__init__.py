"""The claims of configs/hypotheses: read, run, judged, told. One claim is one YAML file."""
