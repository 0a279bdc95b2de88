"""Flags of `inference-operator run`: what would leave it without work, or without an answer, is refused at once."""

import pytest

from inference_operator.runtime.flags import parse
from inference_operator.runtime.settings import Settings


@pytest.mark.parametrize("flag", ["--workers", "--max-in-flight"])
@pytest.mark.parametrize("number", ["0", "-1"])
def test_none_at_once_is_refused(flag, number, capsys):
    with pytest.raises(SystemExit) as ended:
        parse([f"{flag}={number}"])
    assert ended.value.code == 2
    assert f"argument {flag}: {number} is less than 1" in capsys.readouterr().err


@pytest.mark.parametrize("seconds", ["0", "-1", "inf", "nan"])
def test_a_time_to_wait_has_an_end_and_a_beginning(seconds, capsys):
    with pytest.raises(SystemExit):
        parse([f"--provider-timeout={seconds}"])
    assert f"{seconds} is no time to wait" in capsys.readouterr().err


@pytest.mark.parametrize("flag", ["--workers", "--lease-duration", "--provider-timeout"])
def test_what_is_no_number_is_called_so(flag, capsys):
    with pytest.raises(SystemExit):
        parse([f"{flag}=many"])
    said = capsys.readouterr().err
    assert f"argument {flag}: invalid" in said
    assert "value: 'many'" in said


def test_without_flags_all_is_as_the_settings_have_it():
    assert parse([]) == Settings()
