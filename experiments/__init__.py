"""Questions asked of the model: runs, designs, figures, reports and the command `il2sim`."""
