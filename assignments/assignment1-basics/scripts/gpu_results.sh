#!/usr/bin/env bash
# Everything the README shows from a GPU: learning-rate sweep, ablations, the 10,000-iteration run,
# the 4-layer run; beside them, on two cores, the CPU run. One H100, 16 cores: about 7 minutes.
#   scripts/gpu_results.sh OUT_FOLDER [ITERATIONS_OF_SHORT_RUNS]      (from the assignment's folder)
set -uo pipefail
out=${1:?output folder} short=${2:-2000}
python=${PYTHON:-python3}
mkdir -p "$out"
export PYTHONPATH=$PWD${PYTHONPATH:+:$PYTHONPATH}

bash scripts/prepare_stories.sh data/stories "${TRAIN_SIZE:-370MB}" 3MB 10000 2>/dev/null | tee "$out/stories.txt"
bash scripts/prepare_stories.sh data/stories_small 20MB 1MB 2000 2>/dev/null | tee "$out/stories_small.txt"
floor() { sed -n 's/.*outside the grammar; \([0-9.]*\) .*/\1/p' "$1"; }
OMP_NUM_THREADS=2 taskset -c 0,1 "$python" -m cs336_basics.train --config "${CPU_CONFIG:-configs/cpu_small.toml}" --overwrite \
  --set data.floor="$(floor "$out/stories_small.txt")" >"$out/cpu_small.out" 2>&1 &
cpu_run=$!

train() { # NAME OVERRIDE... : one run, its report in OUT/NAME.out
  local name=$1 overrides=()
  shift
  for o in "$@"; do overrides+=(--set "$o"); done
  taskset -c "2-$(($(nproc) - 1))" "$python" -m cs336_basics.train --config "${CONFIG:-configs/gpu_28m.toml}" \
    --overwrite --set run_dir="runs/$name" --set data.floor="$(floor "$out/stories.txt")" \
    "${overrides[@]}" >"$out/$name.out" 2>&1
}
brief() { # NAME OVERRIDE... : a short run; the GPU is shared, so its time means nothing
  local name=$1
  shift
  train "$name" training.iterations="$short" training.eval_every=$((short / 10)) \
    training.sample_every=0 training.checkpoint_every=0 training.eval_batch_size=128 "$@"
}
export TORCHINDUCTOR_COMPILE_THREADS=3
brief lr_2e-3 & waiting=($!)
brief no_norm model.norm=none & waiting+=($!)
brief post_norm model.norm=post & waiting+=($!)
brief nope model.rope_theta=0.0 & waiting+=($!)
brief silu model.feed_forward=silu model.d_ff=2016 & waiting+=($!)
wait "${waiting[@]}"
waiting=()
for rate in 5e-4 1e-3 4e-3 8e-3 3e-2; do
  brief "lr_$rate" optimizer.max_learning_rate="$rate" & waiting+=($!)
done
brief no_norm_lr_5e-4 model.norm=none optimizer.max_learning_rate=5e-4 & waiting+=($!)
wait "${waiting[@]}"
unset TORCHINDUCTOR_COMPILE_THREADS

best=$("$python" scripts/plot_results.py runs "$out" --print-best)
echo "best learning rate of the sweep: $best"
best=${best:-2e-3}
TORCHINDUCTOR_COORDINATE_DESCENT_TUNING=1 train gpu_28m optimizer.max_learning_rate="$best"
cat "$out/gpu_28m.out"
train gpu_4_layers optimizer.max_learning_rate="$best" model.num_layers=4
tail -n 7 "$out/gpu_4_layers.out"
wait "$cpu_run"
tail -n 7 "$out/cpu_small.out"
"$python" scripts/plot_results.py runs "$out"
tail -qn 3 "$out"/{lr_*,no_norm*,post_norm,nope,silu}.out | grep validation
find runs -name checkpoint.pt -delete
tar czf "$out/runs.tar.gz" runs data/*/tokenizer "$out"/*.out "$out"/*.txt 2>/dev/null
rm -f "$out"/*.out "$out"/*.txt
