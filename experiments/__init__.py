"""Questions asked of the model: runs, designs, figures, reports and the command `il2sim`."""

if __name__ != "il2sim.experiments":
    raise ImportError("experiments is a part of il2sim: import il2sim, or from il2sim.experiments import ...")
