"""Run lectures on a Slurm cluster and bring their traces home; the door is `remote_execute.sh`.

config, resources          what the user and the lecture ask for
plan                       one run: its identifier, tasks, sbatch arguments and job scripts (pure)
ssh, sync, steps           one multiplexed connection, rsync, and the scripts run through them
slurm, poll, progress      what the cluster says: job states, log bytes, what changed (pure)
watch, results, report     follow the jobs, bring files home atomically, tell the user
cli                        arguments to actions to an exit code
"""
