"""Run lectures on a Slurm cluster and bring their traces home.

The door is `remote_execute.sh`, and `lecture-tracer remote` in a course of its own.

config, resources          what the user and the lecture ask for
plan                       one run: its identifier, tasks, sbatch arguments and job scripts (pure)
ssh, shell, reconnect      one multiplexed connection, one login shell in it, both reopened
sync, steps, scripts/      which trees travel, and the scripts that prepare and submit a run
slurm, poll, progress      what the cluster says: job states, log bytes, what changed (pure)
pace, interrupts, watch    how often to look, Ctrl-C, and the loop that follows the jobs
results, report, launch    bring files home atomically, tell the user, all in order
check, listing, dry_run    the other actions
cli                        arguments to an action to an exit code
in_job                     on the compute node: SIGTERM saves what has been recorded
"""
