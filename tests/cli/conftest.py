import pytest


@pytest.fixture(scope="module")
def folder(tmp_path_factory, request):
    """A folder for what the tests of one file make."""
    return tmp_path_factory.mktemp(request.module.__name__)
