#!/usr/bin/env bash
# From archives to a trained model with one command: filter, train a tokenizer, tokenise, train.
#   bash scripts/warc_to_model.sh 'warc/*.warc.gz' data/first
set -euo pipefail

input=${1:?"usage: $0 'PATTERN of archives' FOLDER [iterations]"}
folder=${2:?"usage: $0 'PATTERN of archives' FOLDER [iterations]"}
iterations=${3:-200}
vocab_size=4000

python -m cs336_data.pipeline --input "$input" --output "$folder/filtered" --config configs/pipeline.toml
if [ ! -f "$folder/tokenizer/vocab.json" ]; then
  mkdir -p "$folder/tokenizer"
  python -m cs336_data.pipeline.texts_of "$folder"/filtered/part-*.jsonl.zst > "$folder/texts.txt"
  python -m cs336_basics.tokenization.train_tokenizer "$folder/texts.txt" "$folder/tokenizer" \
    --vocab-size "$vocab_size" --special-token '<|endoftext|>'
fi
python -m cs336_data.pipeline --input "$input" --output "$folder/tokenised" \
  --config configs/pipeline.toml --set "output.vocab='$folder/tokenizer/vocab.json'" \
  --set "output.merges='$folder/tokenizer/merges.txt'"
python -m cs336_basics.train --config ../assignment1-basics/configs/cpu_small.toml --overwrite \
  --set "run_dir='$folder/run'" --set "model.vocab_size=$vocab_size" \
  --set "data.train='$folder/tokenised/tokens/train.bin'" \
  --set "data.valid='$folder/tokenised/tokens/valid.bin'" \
  --set "data.vocab='$folder/tokenizer/vocab.json'" \
  --set "data.merges='$folder/tokenizer/merges.txt'" \
  --set "data.floor_file=''" --set "optimizer.warmup_iters=$((iterations / 10))" \
  --set "training.iterations=$iterations" \
  --set "training.sample_every=$iterations" --set "training.checkpoint_every=$iterations"
