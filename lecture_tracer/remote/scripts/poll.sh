# One look at a run: waits for news, then prints new log bytes, end markers and, unless log bytes
# were all that came, Slurm's view. Framed output.
# shellcheck shell=bash
: "${run:?}" "${most:?}" "${last:?}" "${naps:?}" "${ended?}"
exec 2>/dev/null
cd "$run" || exit 3

news() { # the code says what is new: 0 an end marker, 1 log bytes, 2 nothing, 3 all that a look takes
  local marker index entry size restarts new=2
  for marker in state/*.exit; do
    [ -s "$marker" ] || continue
    index=${marker#state/}
    read -r _ _ restarts <"$marker"
    case " $ended " in *" ${index%.exit}:${restarts:-0} "*) ;; *) return 0 ;; esac
  done
  for entry in ${offsets:-}; do # INDEX:BYTES_SEEN
    size=$(stat -c %s "logs/${entry%%:*}.log") || continue
    [ $((size - ${entry#*:})) -lt "$most" ] || return 3
    [ "$size" -le "${entry#*:}" ] || new=1
  done
  return $new
}

# Log bytes are held for a moment: more may follow, or the end of the job.
first=$naps moments=2
while :; do
  news
  new=$?
  case $new in
    0 | 3) break ;;
    1) [ "$moments" -gt 0 ] || break; moments=$((moments - 1)) ;;
    *) [ "$naps" -gt 0 ] || break ;;
  esac
  naps=$((naps - 1))
  sleep 0.2
done

echo '::poll'
# Asked before the logs are read: the log of a job that has ended is then complete.
if [ "$new" = 0 ] || [ "$new" = 2 ] || [ "$first" = 0 ]; then
  for job in ${jobs:-}; do
    answer=$(LC_ALL=C scontrol -o show job "$job" 2>&1)
    code=$?
    printf '::job %s %s %s\n%s\n' "$job" "$code" "$(printf '%s\n' "$answer" | wc -c)" "$answer"
  done
  for job in ${forgotten:-}; do
    answer=$(LC_ALL=C sacct -X -n -P -D -j "$job" -o JobID,State,ExitCode,Elapsed,NodeList)
    printf '::history %s %s\n%s\n' "$job" "$(printf '%s\n' "$answer" | wc -c)" "$answer"
  done
fi
for entry in ${offsets:-}; do
  index=${entry%%:*} offset=${entry#*:}
  [ -f "logs/$index.log" ] || continue
  bytes=$(($(stat -c %s "logs/$index.log") - offset))
  if [ "$last" -gt 0 ] && [ "$bytes" -gt "$last" ]; then
    printf '::skip %s %s\n' "$index" $((bytes - last))
    offset=$((offset + bytes - last)) bytes=$last
  fi
  [ "$bytes" -le "$most" ] || bytes=$most
  [ "$bytes" -gt 0 ] || continue
  printf '::log %s %s\n' "$index" "$bytes"
  tail -c "+$((offset + 1))" "logs/$index.log" | head -c "$bytes"
done
for marker in state/*.exit; do
  [ -s "$marker" ] || continue
  index=${marker#state/}
  printf '::exit %s %s\n' "${index%.exit}" "$(cat "$marker")"
done
echo '::end'
