#!/usr/bin/env bash
# Measure models, profiles, collectives and data parallelism on a machine with four GPUs.
#   scripts/measure_four_gpus.sh FOLDER     results (JSON, traces, snapshots) and logs go to FOLDER
# BATCH sets the sequences per GPU in the data-parallel runs (default 4). Takes about four minutes. Plots: python -m cs336_systems.plot_results FOLDER
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

model() { # GPU SECONDS NAME ARGUMENTS…
    CUDA_VISIBLE_DEVICES=$1 timeout "$2" python3 -m cs336_systems.bench_model \
        --output "$out/model_$3.json" "${@:4}" >>"$out/logs/model_$3.log" 2>&1
    echo "model_$3 exit $? at ${SECONDS}s"
}
profile() { # GPU SIZE CONTEXT PRECISION
    local name="$2_$3_$4"
    CUDA_VISIBLE_DEVICES=$1 timeout 40 python3 -m cs336_systems.profiling \
        --size "$2" --context "$3" --precision "$4" --output "$out/profile_$name.json" \
        --trace "$out/trace_$name.json.gz" >>"$out/logs/profile_$name.log" 2>&1
    echo "profile_$name exit $? at ${SECONDS}s"
}
job() { # GPUS SECONDS NAME MODULE ARGUMENTS…
    local count
    count=$(tr ',' '\n' <<<"$1" | wc -l)
    CUDA_VISIBLE_DEVICES=$1 timeout "$2" python3 -m torch.distributed.run --standalone \
        --nproc-per-node "$count" -m "cs336_systems.$4" \
        --output "$out/$3_$count.json" "${@:5}" >>"$out/logs/$3_$count.log" 2>&1
    echo "$3_$count exit $? at ${SECONDS}s"
}

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

echo "one and two GPUs side by side"
job 0 55 data_parallel bench_data_parallel --batch "${BATCH:-4}" --warmup 3 --steps 8 --strategies \
    compute_only bucketed_100mb bucketed_zero1 fsdp torch_ddp torch_fsdp &
(
    job 2,3 65 data_parallel bench_data_parallel --batch "${BATCH:-4}" --warmup 3 --steps 8
    job 2,3 25 collectives bench_collectives
) &
wait

echo "four GPUs"
job 0,1,2,3 65 data_parallel bench_data_parallel --batch "${BATCH:-4}" --warmup 3 --steps 8
job 0,1,2,3 25 collectives bench_collectives
timeout 50 python3 -m pytest -q -m gpu -rs --durations=0 tests/test_distributed.py \
    tests/test_launch.py -p no:cacheprovider >"$out/logs/pytest_gpu.log" 2>&1
echo "pytest exit $? at ${SECONDS}s"
