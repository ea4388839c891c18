"""Optional packages: imported, or told how to install."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from demijohn.foundation.errors import SetupError
from demijohn.foundation.lazy import need


def test_an_installed_module_is_returned() -> None:
    """What is there is imported as usual, also a submodule."""
    assert need("json", extra="standard", wanted_by="Database") is json
    assert need("json.decoder", extra="standard", wanted_by="Database").JSONDecoder is json.JSONDecoder


@pytest.mark.parametrize("module", ["demijohn_no_such", "demijohn_no_such.deep.inside"])
def test_a_missing_package_names_the_extra(module: str) -> None:
    """The message says who wants what, and the command that brings it."""
    with pytest.raises(SetupError) as caught:
        need(module, extra="redis", wanted_by="Cache")
    assert caught.value.code == "DMJ0601"
    assert caught.value.what == "Cache needs demijohn_no_such: pip install 'demijohn[redis]'"
    assert f"{sys.executable} -m pip install 'demijohn[redis]'" in caught.value.fix


def test_a_missing_part_of_an_installed_package_is_missing_too() -> None:
    """An old version without the submodule is named by the submodule."""
    with pytest.raises(SetupError, match=r"DMJ0601  Cache needs json\.no_such:"):
        need("json.no_such", extra="redis", wanted_by="Cache")


@pytest.mark.parametrize("source", ["import demijohn_missing_dependency", "raise ImportError('libfoo.so.1')"])
def test_a_broken_package_is_not_called_missing(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that is installed but fails inside is another error, with its cause."""
    (tmp_path / "demijohn_broken.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(SetupError, match="installed but does not import") as caught:
        need("demijohn_broken", extra="redis", wanted_by="Cache")
    assert caught.value.code == "DMJ0602"
    assert isinstance(caught.value.__cause__, ImportError)
