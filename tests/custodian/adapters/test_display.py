"""The pairing code in a file is there while the window is open, and for its owner only."""

import logging

from ddb_custodian.adapters.display import ConsoleDisplay, FileDisplay


def test_the_file_holds_the_newest_code_and_goes_away(tmp_path):
    path = tmp_path / "pairing-code"
    display = FileDisplay(path)
    display.show(None)
    for code in ("1234", "6543"):
        display.show(code)
        assert path.read_text() == code + "\n"
        assert path.stat().st_mode & 0o777 == 0o600
    display.show(None)
    assert list(tmp_path.iterdir()) == []


def test_the_console_shows_the_code(caplog):
    with caplog.at_level(logging.INFO):
        ConsoleDisplay().show("1234")
        ConsoleDisplay().show(None)
    assert "1234" in caplog.messages[0]
    assert "closed" in caplog.messages[1]
