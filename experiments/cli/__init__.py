"""The command `il2sim`."""
