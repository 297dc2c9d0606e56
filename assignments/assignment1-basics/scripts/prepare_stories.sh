#!/usr/bin/env bash
# Write stories from the grammar, train a tokenizer on them and encode both sets.
#   scripts/prepare_stories.sh FOLDER TRAIN_SIZE VALID_SIZE VOCAB_SIZE      (e.g. data/stories 370MB 3MB 10000)
set -euo pipefail
if [ $# -ne 4 ]; then
  sed -n '2,3p' "$0" >&2
  exit 2
fi
folder=$1 train_size=$2 valid_size=$3 vocab_size=$4
python=${PYTHON:-python}
tokenizer=$folder/tokenizer
files=(--vocab "$tokenizer/vocab.json" --merges "$tokenizer/merges.txt")
mkdir -p "$folder"
"$python" -m cs336_basics.stories write "$folder/train.txt" --size "$train_size" --seed 0
"$python" -m cs336_basics.stories write "$folder/valid.txt" --size "$valid_size" --seed 1
"$python" -m cs336_basics.tokenization.train_tokenizer "$folder/train.txt" "$tokenizer" --vocab-size "$vocab_size"
for part in train valid; do
  "$python" -m cs336_basics.tokenization.encode_file "$folder/$part.txt" "$folder/$part.bin" "${files[@]}" \
    --special-token '<|endoftext|>'
done
"$python" -m cs336_basics.stories floor "${files[@]}"
"$python" -m cs336_basics.stories score "$folder/valid.txt" "${files[@]}" --limit 1000000 \
  --output "$folder/floor.json"
