"""Questions asked of the model: runs, designs, figures, reports and the command `il2sim`."""

__version__ = "0.2.0"
