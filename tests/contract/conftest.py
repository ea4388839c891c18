"""The contract's own modules are imported by name, here and in the servers that are started."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
