"""取证包: what is chosen, what is counted, and the archive made of it.

``selection`` says which disclosures, ``plan`` which files and how many of everything, on screen
and in the archive alike; ``sheets`` and ``texts`` set what people read; ``build`` writes it all.
"""

from .build import write_pack
from .plan import FIGURES, figures
from .selection import MOST_NUMBERS, Selection

__all__ = ["FIGURES", "MOST_NUMBERS", "Selection", "figures", "write_pack"]
