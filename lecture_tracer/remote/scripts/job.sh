# Body of the batch script: records one lecture per array index. bash, on a compute node.
# shellcheck shell=bash
: "${run:?}" "${python:?}" "${nodes:?}" "${tasks_per_node:?}" "${cpus:?}"
index=${SLURM_ARRAY_TASK_ID:?}
# shellcheck disable=SC2154  # lectures is assigned by the header
lecture=${lectures[$index]}

mkdir -p "$run/state"
restarts=${SLURM_RESTART_COUNT:-0}
rm -f "$run/state/$index.exit" # of an attempt that was preempted or lost its node
[ "$restarts" = 0 ] || echo "remote: $lecture starts again from its beginning (restart $restarts)"
date +%s.%N >"$run/state/$index.begin"

# The marker lets the watcher see the end at once; Slurm's own state decides what it means.
finish() {
  # On a full disk there is no marker rather than an empty one.
  {
    printf '%s %s %s\n' "$1" "$(date +%s.%N)" "$restarts" >"$run/state/$index.exit.new" &&
      mv "$run/state/$index.exit.new" "$run/state/$index.exit"
  } 2>/dev/null
  exit "$1"
}

eval "${setup:-}" || { echo "remote setup failed: check 'setup' in remote.toml"; finish 1; }
set -uo pipefail
cd "$run/checkout" || finish 1
# The environment is shared by all runs, so the assignments' packages come from this checkout.
for package in "$PWD"/assignments/*/; do
  [ ! -d "$package" ] || PYTHONPATH=${package%/}${PYTHONPATH:+:$PYTHONPATH}
done
[ -z "${tracer:-}" ] || PYTHONPATH=${PYTHONPATH:+$PYTHONPATH:}$tracer
export PYTHONPATH=${PYTHONPATH:-}
export PYTHONUNBUFFERED=1 OMP_NUM_THREADS=${OMP_NUM_THREADS:-$cpus}

# shellcheck disable=SC2154  # options is assigned by the header
record=("$python" -m lecture_tracer.remote.in_job -m "$lecture" "${options[@]}")
# shellcheck disable=SC2154  # launcher is assigned by the header
if ((nodes * tasks_per_node > 1)); then
  # Every process runs the lecture; rank 0's recording is the one that counts. The others get a
  # checkout of their own, so that no file is written by two.
  # shellcheck disable=SC2016  # expanded by each rank
  rank='if [ "$RANK" != 0 ]; then
      mkdir -p "$0/$RANK" && cp -a . "$0/$RANK" && cd "$0/$RANK" && set -- "$@" -q || exit 1
    fi
    exec "$@"'
  torchrun=("${launcher[@]}" "$python" -m torch.distributed.run "--nnodes=$nodes" "--nproc-per-node=$tasks_per_node"
    "--rdzv-id=$SLURM_JOB_ID" --rdzv-backend=c10d)
  if ((nodes > 1)); then
    first=${rendezvous:-$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)}
    torchrun+=("--rdzv-endpoint=$first:$((20000 + SLURM_JOB_ID % 20000))")
    [ -z "${rendezvous:-}" ] || torchrun+=("--local-addr=$rendezvous")
    torchrun=(srun "--nodes=$nodes" "--ntasks=$nodes" --ntasks-per-node=1
      "--cpus-per-task=$((cpus * tasks_per_node))" --kill-on-bad-exit=1
      "${torchrun[@]}")
  else
    # Node names need not resolve for processes of one node to meet.
    torchrun+=("--rdzv-endpoint=${rendezvous:-127.0.0.1}:0" "--local-addr=${rendezvous:-127.0.0.1}")
  fi
  record=("${torchrun[@]}" --no-python bash -c "$rank" "$run/ranks/$lecture" "${record[@]}")
else
  record=("${launcher[@]}" "${record[@]}")
fi

# SIGTERM goes to every process of the job: outlive the recorder, which saves what it has.
trap : TERM
"${record[@]}" &
child=$!
wait "$child"
while kill -0 "$child" 2>/dev/null; do wait "$child"; done
wait "$child"
finish $?
