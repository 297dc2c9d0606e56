"""Files of ids: equal to encoding the text at once, in the smallest dtype, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cs336_basics.support.command_line import exit_status
from cs336_basics.tokenization import encode_file as module
from cs336_basics.tokenization import train_tokenizer
from cs336_basics.tokenization.encode_file import encode_file, id_dtype
from cs336_basics.tokenizer import Tokenizer

END = "<|endoftext|>"
TEXT = f"A story of naïve rabbits.\r\n\r\n  The end.\n{END}\n" * 300


@pytest.mark.parametrize("workers", [1, 2])
def test_the_file_holds_the_ids_of_the_text(gpt2: Tokenizer, tmp_path: Path, workers: int) -> None:
    (tmp_path / "text.txt").write_bytes(TEXT.encode())
    output = tmp_path / "ids.bin"
    total = encode_file(gpt2, tmp_path / "text.txt", output, workers=workers, chunk_bytes=700)
    ids = np.memmap(output, dtype=id_dtype(gpt2), mode="r")
    assert ids.dtype == np.uint16
    assert ids.tolist() == gpt2.encode(TEXT)
    assert len(ids) == total
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ids.bin", "text.txt"]


def test_a_large_vocabulary_needs_uint32() -> None:
    tokens = {i: bytes([i]) for i in range(256)}
    assert id_dtype(Tokenizer({**tokens, 65535: b"ab"}, [])) == np.uint16
    assert id_dtype(Tokenizer({**tokens, 65536: b"ab"}, [])) == np.uint32


def test_a_bad_file_is_refused_and_nothing_is_left(gpt2: Tokenizer, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    with pytest.raises(ValueError, match=r"empty\.txt: the file is empty"):
        encode_file(gpt2, tmp_path / "empty.txt", tmp_path / "ids.bin")
    (tmp_path / "latin.txt").write_bytes(b"word " * 5000 + b"caf\xe9")
    with pytest.raises(ValueError, match=r"latin\.txt: byte 25003 is not UTF-8"):
        encode_file(gpt2, tmp_path / "latin.txt", tmp_path / "ids.bin", chunk_bytes=1000)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty.txt", "latin.txt"]


def test_train_and_encode_from_the_shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text.txt").write_bytes(TEXT.encode())
    text, tokens, ids = (str(tmp_path / name) for name in ("text.txt", "tokens", "ids.bin"))
    assert train_tokenizer.main([text, tokens, "--vocab-size", "300"]) == 0
    files = ["--vocab", f"{tokens}/vocab.json", "--merges", f"{tokens}/merges.txt"]
    assert module.main([text, ids, *files, "--special-token", END]) == 0
    assert "tokens of uint16" in capsys.readouterr().out
    assert np.fromfile(ids, dtype="<u2").tolist().count(256) == 300


def interrupt() -> None:
    raise KeyboardInterrupt


def test_an_interruption_has_its_own_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_status(interrupt) == 130
    assert capsys.readouterr().err.startswith("interrupted")


def test_a_missing_file_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train_tokenizer.main([str(tmp_path / "no.txt"), str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert "no.txt" in error
    assert error.count("\n") == 1
