"""What is known of Oxford5k and Paris6k besides their files."""

OXFORD = frozenset(
    {
        "all_souls",
        "ashmolean",
        "balliol",
        "bodleian",
        "christ_church",
        "cornmarket",
        "hertford",
        "keble",
        "magdalen",
        "pitt_rivers",
        "radcliffe_camera",
    }
)
PARIS = frozenset(
    {
        "defense",
        "eiffel",
        "invalides",
        "louvre",
        "moulinrouge",
        "museedorsay",
        "notredame",
        "pantheon",
        "pompidou",
        "sacrecoeur",
        "triomphe",
    }
)
DAMAGED = frozenset(
    f"paris_{landmark}_{number:06}"
    for landmark, numbers in {
        "louvre": (136, 146),
        "moulinrouge": (422,),
        "museedorsay": (1059,),
        "notredame": (188,),
        "pantheon": (284, 960, 974),
        "pompidou": (195, 196, 201, 467, 640),
        "sacrecoeur": (299, 330, 353),
        "triomphe": (662, 833, 863, 867),
    }.items()
    for number in numbers
)
"""Pictures of Paris6k that its publishers list as damaged (`corrupt.txt`), and that everyone leaves out."""
