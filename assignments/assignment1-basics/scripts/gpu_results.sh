#!/usr/bin/env bash
# Everything the README shows from a GPU, stage by stage, on one H100 and 16 cores.
#   scripts/gpu_results.sh OUT_FOLDER [STAGE...]      (from the assignment's folder)
# Stages: sweep (learning rates), ablations, main (10,000 iterations), four (the same with 4 layers),
# cpu (configs/cpu_small.toml on two cores, beside the others). Default: all.
set -uo pipefail
out=${1:?output folder}
shift
stages=" ${*:-sweep ablations main four cpu} "
python=${PYTHON:-python3} short=${SHORT_ITERATIONS:-2000}
mkdir -p "$out"
export PYTHONPATH=$PWD:$PWD/../assignment2-systems${PYTHONPATH:+:$PYTHONPATH}

floor() { sed -n 's/.*outside the grammar; \([0-9.]*\) .*/\1/p' "$1"; }
wants() { [[ $stages == *" $1 "* ]]; }
train() { # NAME OVERRIDE... : one run with the cores that the CPU run leaves; report in OUT/NAME.out
  local name=$1 overrides=()
  shift
  for o in "$@"; do overrides+=(--set "$o"); done
  taskset -c "2-$(($(nproc) - 1))" "$python" -m cs336_basics.train --config "${CONFIG:-configs/gpu_28m.toml}" \
    --overwrite --set run_dir="runs/$name" --set data.floor="$(floor "$out/stories.txt")" \
    "${overrides[@]}" >"$out/$name.out" 2>&1
}
short_run() { # NAME OVERRIDE... : a short run; several share the GPU, so its time means nothing
  local name=$1
  shift
  TORCHINDUCTOR_COMPILE_THREADS=3 train "$name" training.iterations="$short" \
    training.eval_every=$((short / 10)) training.sample_every=0 training.checkpoint_every=0 \
    training.eval_batch_size=128 "$@"
}

if wants cpu; then
  bash scripts/prepare_stories.sh data/stories_small 20MB 1MB 2000 2>/dev/null >"$out/stories_small.txt"
  OMP_NUM_THREADS=2 taskset -c 0,1 "$python" -m cs336_basics.train --overwrite \
    --config "${CPU_CONFIG:-configs/cpu_small.toml}" \
    --set data.floor="$(floor "$out/stories_small.txt")" >"$out/cpu_small.out" 2>&1 &
  cpu_run=$!
fi
bash scripts/prepare_stories.sh data/stories "${TRAIN_SIZE:-370MB}" 3MB 10000 2>/dev/null | tee "$out/stories.txt"

waiting=()
if wants sweep; then
  for rate in ${RATES:-5e-4 1e-3 2e-3 4e-3 8e-3 3e-2}; do
    short_run "lr_$rate" optimizer.max_learning_rate="$rate" & waiting+=($!)
  done
  wait "${waiting[@]}"
  best=$("$python" scripts/plot_results.py runs "$out" --print-best)
  echo "best learning rate of the sweep: $best"
fi
best=${best:-${BEST_RATE:-1e-3}}
if wants ablations; then
  rate=optimizer.max_learning_rate=$best waiting=()
  short_run no_norm "$rate" model.norm=none & waiting+=($!)
  short_run no_norm_low_rate optimizer.max_learning_rate=1e-4 model.norm=none & waiting+=($!)
  short_run post_norm "$rate" model.norm=post & waiting+=($!)
  short_run nope "$rate" model.rope_theta=0.0 & waiting+=($!)
  short_run silu "$rate" model.feed_forward=silu model.d_ff=2016 & waiting+=($!)
  wait "${waiting[@]}"
fi
if wants main; then
  train gpu_28m optimizer.max_learning_rate="$best"
  tail -n 12 "$out/gpu_28m.out"
fi
if wants four; then
  train gpu_4_layers optimizer.max_learning_rate="$best" model.num_layers=4
  tail -n 7 "$out/gpu_4_layers.out"
fi
if wants cpu; then
  wait "$cpu_run"
  tail -n 7 "$out/cpu_small.out"
fi
wants sweep && "$python" scripts/plot_results.py runs "$out"
grep -H 'validation loss .* nats\|error' "$out"/*.out
mkdir -p "$out/stories_tokenizer" && cp data/stories/tokenizer/* "$out/stories_tokenizer/"
tar czf "$out/runs.tar.gz" --exclude=checkpoint.pt runs "$out"/*.out "$out"/*.txt "$out/stories_tokenizer" 2>/dev/null
rm -rf "$out"/*.out "$out"/*.txt "$out/stories_tokenizer"
