"""Which mechanisms a tumour has, and which are there to be named."""

MECHANISMS = ("tumour", "cd8", "nk", "treg", "th", "other_til", "il2", "body", "exhaustion", "suppression")
"""What a tumour has unless a config says otherwise, in the order of declaration."""
BIOLOGY = (
    "cd25",
    "ifng",
    "mhc1",
    "pd_l1",
    "cxcl10",
    "chemotaxis",
    "vessel_loss",
    "hypoxia",
    "withdrawal",
    "division_limit",
    "desensitisation",
)
"""The rest of it, in the order of declaration: on where a config names it."""
