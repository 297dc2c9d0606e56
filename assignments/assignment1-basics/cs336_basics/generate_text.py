"""Write text with a trained model: python -m cs336_basics.generate_text --run runs/cpu_small"""

from __future__ import annotations

import argparse
import codecs
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from cs336_basics.config import ConfigError
from cs336_basics.generation import generate_batch, seeded, stream_batch
from cs336_basics.model import TransformerLM
from cs336_basics.tokenizer import Tokenizer
from cs336_basics.training.distributed import Ranks, choose_device
from cs336_basics.training.run_files import RunFiles
from cs336_basics.training.samples import (
    decode_sample,
    end_of_text_id,
    load_tokenizer,
    token_bytes,
    without_end,
)


def stream_text(
    model: TransformerLM,
    tokenizer: Tokenizer,
    prompt: str,
    max_new_tokens: int,
    temperature: float,
    top_p: float,
    seed: int | None,
) -> Iterator[str]:
    """Yield pieces of text as soon as they are complete characters, without the prompt.

    A token may end inside a character of several bytes; its bytes wait for the next token. The
    end-of-text token ends the stream and is not part of it.
    """
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    eos_id = end_of_text_id(tokenizer)
    steps = stream_batch(
        model, [tokenizer.encode(prompt)], max_new_tokens, temperature, top_p, eos_id,
        generator=seeded(seed),
    )  # fmt: skip
    for (token,) in steps:
        if token is None or token == eos_id:
            continue
        piece = decoder.decode(token_bytes(tokenizer, token))
        if piece:
            yield piece
    rest = decoder.decode(b"", final=True)
    if rest:
        yield rest


def main(arguments: Sequence[str] | None = None) -> int:
    """Load the run, write its samples to standard output; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        _write(options)
    except (ConfigError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print()
        return 130
    return 0


def _write(options: argparse.Namespace) -> None:
    if options.num_samples < 1:
        raise ConfigError(f"--num-samples {options.num_samples}: give at least 1")
    device = choose_device(options.device, Ranks())
    model, config = RunFiles(options.run).load_model(str(device))
    tokenizer = load_tokenizer(config.data)
    if tokenizer is None:
        raise ConfigError(f"{options.run} was trained without data.vocab and data.merges")
    settings = (options.max_new_tokens, options.temperature, options.top_p)
    if options.num_samples == 1:
        print(options.prompt, end="", flush=True)
        for piece in stream_text(model, tokenizer, options.prompt, *settings, options.seed):
            print(piece, end="", flush=True)
        print()
        return
    prompt, eos_id = tokenizer.encode(options.prompt), end_of_text_id(tokenizer)
    batch = [prompt] * options.num_samples
    for ids in generate_batch(model, batch, *settings, eos_id, generator=seeded(options.seed)):
        print(options.prompt + decode_sample(tokenizer, without_end(ids, eos_id)), end="\n\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cs336_basics.generate_text", description="Write text with a trained model."
    )
    parser.add_argument("--run", type=Path, required=True, help="folder of a training run")
    parser.add_argument("--prompt", default="Once upon a time")
    parser.add_argument("--max-new-tokens", type=int, default=200)
    parser.add_argument("--temperature", type=float, default=0.8, help="0: most probable token")
    parser.add_argument("--top-p", type=float, default=0.95)
    parser.add_argument("--num-samples", type=int, default=1, help="1 streams; more run as a batch")
    parser.add_argument("--seed", type=int, help="the same seed writes the same text")
    parser.add_argument("--device", default="cpu")
    return parser


if __name__ == "__main__":
    sys.exit(main())
