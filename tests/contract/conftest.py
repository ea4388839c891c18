"""The contract's own modules are imported by name, here and in the servers that are started."""

import sys
from pathlib import Path

import pytest

pytest.register_assert_rewrite("contract_cases", "contract_doors")
sys.path.insert(0, str(Path(__file__).parent))
