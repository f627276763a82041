"""Which mechanisms a tumour has, and which are there to be named."""

MECHANISMS = (
    "tumour",
    "cd8",
    "cd8_killing",
    "cd8_withdrawal",
    "aicd",
    "nk",
    "nk_killing",
    "treg",
    "th",
    "other_til",
    "il2",
    "body",
    "exhaustion",
    "suppression",
)
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
    "nk_treg_withdrawal",
    "division_limit",
    "desensitisation",
)
"""The rest of it, in the order of declaration: on where a config names it."""
