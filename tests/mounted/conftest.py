"""Apps of other frameworks, made once: Django can be configured once per process only."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def django_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A Django project with a database, its tables made and one superuser in it."""
    folder = tmp_path_factory.mktemp("django")
    os.environ["DJANGO_FOLDER"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "django_settings"
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.utils.functional import empty

    settings._wrapped = empty  # another test of this process may have needed settings of Django's, whichever

    django.setup()
    call_command("migrate", verbosity=0)
    from django.contrib.auth import get_user_model

    users: Any = get_user_model().objects
    users.create_superuser("ann", "ann@example.com", "a long word")
    yield folder
    del os.environ["DJANGO_FOLDER"], os.environ["DJANGO_SETTINGS_MODULE"]
