# One look at a run: new log bytes, end markers and, when asked for, Slurm's view. Framed output.
# shellcheck shell=bash
: "${run:?}" "${most:?}"
[ -z "${path:-}" ] || export PATH=$path
[ -z "${slurm_conf:-}" ] || export SLURM_CONF=$slurm_conf
cd "$run" || exit 3
echo '::poll'
for entry in ${offsets:-}; do # INDEX:BYTES_SEEN
  index=${entry%%:*} offset=${entry#*:}
  [ -f "logs/$index.log" ] || continue
  new=$(($(stat -c %s "logs/$index.log") - offset))
  [ "$new" -le "$most" ] || new=$most
  [ "$new" -gt 0 ] || continue
  printf '::log %s %s\n' "$index" "$new"
  tail -c "+$((offset + 1))" "logs/$index.log" | head -c "$new"
done
for marker in state/*.exit; do
  [ -f "$marker" ] || continue
  index=${marker#state/}
  printf '::exit %s %s\n' "${index%.exit}" "$(cat "$marker")"
done
for job in ${jobs:-}; do
  answer=$(LC_ALL=C scontrol -o show job "$job" 2>&1)
  code=$?
  printf '::job %s %s %s\n%s\n' "$job" "$code" "$(printf '%s\n' "$answer" | wc -c)" "$answer"
done
echo '::end'
