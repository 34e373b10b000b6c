"""The version an agent names in its birth message.

Written here because reading it from the installed package's metadata loads an e-mail parser, a
ZIP reader and two compressors into a process that runs for months.
"""

from typing import Final

VERSION: Final = "0.1.0"
