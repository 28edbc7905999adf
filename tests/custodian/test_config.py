"""The set-up file: strict, and a mistake in it is one sentence."""

import pytest
from pydantic import ValidationError

from ddb_custodian.config import BadSettings, Settings, load_settings, practice_settings


def test_an_empty_file_is_an_appliance_with_defaults(tmp_path):
    path = tmp_path / "setup.toml"
    path.write_text("")
    assert load_settings(path) == Settings()
    assert (Settings().port, Settings().practice) == (443, False)


def test_every_key_can_be_set(tmp_path):
    path = tmp_path / "setup.toml"
    path.write_text('name = "attic"\nstate = "/x"\nport = 4433\nquota = 5\nadministered = true\n[pins]\nred = 5\n')
    settings = load_settings(path)
    assert (settings.name, str(settings.state), settings.port, settings.pins.red) == ("attic", "/x", 4433, 5)
    with pytest.raises(ValidationError):
        settings.port = 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nmae = 'x'", "nmae"),
        ("port = '443'", "port"),
        ("port = 70000", "port"),
        ("port = false", "port"),
        ("quota = 0", "quota"),
        ("practice = 1", "practice"),
        ("[pins]\nred = 99", "pins.red"),
        ("name = ''", "name"),
        ("= nonsense", "not a set-up file"),
    ],
)
def test_a_mistake_is_named_in_one_line(tmp_path, text, told):
    path = tmp_path / "setup.toml"
    path.write_text(text)
    with pytest.raises(BadSettings) as caught:
        load_settings(path)
    assert told in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_or_binary_file_is_said_so(tmp_path):
    with pytest.raises(BadSettings, match="no such file"):
        load_settings(tmp_path / "none.toml")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadSettings, match="not a set-up file"):
        load_settings(tmp_path / "binary")


def test_practice_stays_on_this_machine(tmp_path):
    settings = practice_settings(tmp_path, "desk", 0)
    assert (settings.listen, settings.practice, settings.port) == ("127.0.0.1", True, 0)
    with pytest.raises(BadSettings, match="name"):
        practice_settings(tmp_path, "\n", 0)
