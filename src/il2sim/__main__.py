"""`python -m il2sim` is the command `il2sim`."""

from il2sim.experiments.cli.main import main

if __name__ == "__main__":
    main()
