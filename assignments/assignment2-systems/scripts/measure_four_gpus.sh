#!/usr/bin/env bash
# Measure models, profiles, collectives and data parallelism on a machine with four GPUs.
#   scripts/measure_four_gpus.sh FOLDER     results (JSON, traces, snapshots) and logs go to FOLDER
# PARTS: what to measure, "models scaling collectives" by default. BATCH: sequences per GPU in the data-parallel
# runs (default 12). The first two take about four minutes each.
# Plots: python -m cs336_systems.reports.plot_results FOLDER
set -uo pipefail # not -e: a measurement that fails must not stop the others
if [ $# -ne 1 ]; then
    echo "usage: $0 FOLDER" >&2
    exit 2
fi
mkdir -p "$1/logs" || exit 1
out=$(realpath "$1")
cd "$(dirname "$0")/.." || exit 1
export PYTHONUNBUFFERED=1 PYTHONPATH="$PWD:$PWD/../assignment1-basics"
export OMP_NUM_THREADS=4
parts=" ${PARTS:-models scaling collectives} " batch=${BATCH:-12}

model() { # GPU SECONDS NAME ARGUMENTS…
    CUDA_VISIBLE_DEVICES=$1 timeout "$2" python3 bench/bench_model.py \
        --output "$out/model_$3.json" "${@:4}" >>"$out/logs/model_$3.log" 2>&1
    echo "model_$3 exit $? at ${SECONDS}s"
}
profile() { # GPU SIZE CONTEXT PRECISION
    local name="$2_$3_$4"
    CUDA_VISIBLE_DEVICES=$1 timeout 40 python3 -m cs336_systems.measurement.profiling \
        --size "$2" --context "$3" --precision "$4" --output "$out/profile_$name.json" \
        --trace "$out/trace_$name.json.gz" >>"$out/logs/profile_$name.log" 2>&1
    echo "profile_$name exit $? at ${SECONDS}s"
}
job() { # GPUS SECONDS NAME MODULE ARGUMENTS…
    local count
    count=$(tr ',' '\n' <<<"$1" | wc -l)
    CUDA_VISIBLE_DEVICES=$1 timeout "$2" python3 -m torch.distributed.run --standalone \
        --nproc-per-node "$count" "bench/$4.py" \
        --output "$out/$3_$count.json" "${@:5}" >>"$out/logs/$3_$count.log" 2>&1
    echo "$3_$count exit $? at ${SECONDS}s"
}

if [[ $parts == *" models "* ]]; then
    echo "one GPU each: models and profiles"
    (
        model 0 50 fp32 --sizes small medium large --precisions fp32 --warmup 3 --steps 6
        model 0 25 tf32 --sizes small medium large --precisions tf32 --warmup 3 --steps 6
    ) &
    model 1 75 fp32_big --sizes xl 2.7B --precisions fp32 --warmup 2 --steps 4 &
    (
        model 2 45 bf16 --sizes small medium large xl 2.7B --precisions bf16 --warmup 3 --steps 6
        profile 2 medium 512 bf16
        profile 2 2.7B 128 bf16
        profile 2 medium 512 fp32
    ) &
    (
        model 3 80 compiled --sizes small medium large --precisions bf16 fp32 --contexts 512 \
            --modes compiled --warmup 5 --steps 10
    ) &
    wait
fi

if [[ $parts == *" scaling "* ]]; then
    echo "one and two GPUs side by side; the fourth takes the largest models"
    job 0 100 data_parallel bench_data_parallel --batch "$batch" --warmup 3 --steps 8 \
        --strategies compute_only bucketed_100mb bucketed_zero1 fsdp torch_ddp torch_fsdp &
    job 2,3 110 data_parallel bench_data_parallel --batch "$batch" --warmup 3 --steps 8 &
    (
        model 1 30 big_tf32 --sizes large xl 2.7B --contexts 512 --precisions tf32 \
            --warmup 2 --steps 4
        model 1 25 big_bf16 --sizes xl 2.7B --contexts 512 --precisions bf16 --warmup 2 --steps 4
        model 1 50 big_compiled --sizes xl 2.7B --contexts 512 --precisions bf16 fp32 \
            --modes compiled --warmup 3 --steps 4
    ) &
    wait
    echo "four GPUs"
    job 0,1,2,3 110 data_parallel bench_data_parallel --batch "$batch" --warmup 3 --steps 8
    timeout 60 python3 -m pytest -v -m gpu -rs --durations=0 tests/test_distributed.py \
        tests/test_launch.py -p no:cacheprovider >"$out/logs/pytest_gpu.log" 2>&1
    echo "pytest exit $? at ${SECONDS}s"
fi

if [[ $parts == *" collectives "* ]]; then
    job 2,3 25 collectives bench_collectives
    job 0,1,2,3 25 collectives bench_collectives
fi
