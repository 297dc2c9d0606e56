#!/usr/bin/env bash
# A throw-away Slurm cluster on this host, for the tests: controller, NODES nodes, munge and sshd, all
# on loopback and in the foreground, so that $! is each daemon's pid.
#
#   cluster.sh install          Debian's packages (root, package mirror)
#   cluster.sh up|down          needs DIR, a short folder name: unix sockets lie in it
#   cluster.sh ssh-stop         kill sshd with its sessions;  ssh-start brings it back
#   cluster.sh node-stop c1     kill a node's slurmd;         node-start c1 brings it back
set -euo pipefail
DIR=${DIR:-${TMPDIR:-/tmp}/slurm-test}
BASE=${BASE:-17000} # sshd's port; the next ones are the controller's and the nodes'
NODES=${NODES:-2}
RUN_AS=${RUN_AS:-$(id -un)}
export SLURM_CONF=$DIR/slurm.conf PATH=$PATH:/usr/sbin

install() {
  type slurmctld slurmd sbatch munged sshd rsync slurmdbd mariadbd modulecmd >/dev/null 2>&1 && return 0
  apt-get update -qq
  # Keep the packages from starting daemons of their own.
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
    -o Dpkg::Options::=--force-confold -o Dpkg::Options::=--force-unsafe-io \
    slurmctld slurmd slurm-client munge openssh-server rsync slurmdbd mariadb-server environment-modules
}

# Pid 1 of a container may leave zombies, for which kill -0 succeeds: read the state instead.
gone() { ! grep -qs '^State:.[^ZX]' "/proc/$1/status"; }
alive() { [ -s "$DIR/pid/$1" ] && ! gone "$(cat "$DIR/pid/$1")"; }

spawn() { # NAME COMMAND…
  local name=$1
  shift
  alive "$name" && return 0
  setsid "$@" >>"$DIR/log/$name" 2>&1 </dev/null &
  echo $! >"$DIR/pid/$name"
}

stop() { # NAME SIGNAL
  local pid
  [ -s "$DIR/pid/$1" ] || return 0
  pid=$(cat "$DIR/pid/$1")
  kill "-$2" "$pid" 2>/dev/null || true
  wait_for gone "$pid" || kill -KILL "$pid" 2>/dev/null || true
  rm -f "$DIR/pid/$1"
}

wait_for() {
  for _ in $(seq 300); do
    "$@" >/dev/null 2>&1 && return 0
    sleep .05
  done
  echo "timeout: $*" >&2
  tail -n 5 "$DIR"/log/* >&2
  return 1
}

nodes_ready() { [ "$(sinfo -h -N -t idle,mixed,allocated -o %N | sort -u | wc -l)" = "$NODES" ]; }
queue_empty() { [ -z "$(squeue -h)" ]; }

write_slurm_conf() {
  cat >"$DIR/slurm.conf" <<EOF
ClusterName=test
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$((BASE + 1))
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthInfo=socket=$DIR/munge/socket
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation=$DIR/state
SlurmdSpoolDir=$DIR/spool/%n
SlurmctldPidFile=$DIR/pid/slurmctld.own
SlurmdPidFile=$DIR/pid/%n.own
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=500
# There is no cgroup to limit memory here: the accounting plugin samples it and kills.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
SchedulerParameters=sched_interval=1,sched_min_interval=0,bf_interval=1,batch_sched_delay=0
SlurmctldTimeout=30
SlurmdTimeout=30
# Seconds between SIGTERM and SIGKILL, in which a partial trace is saved; Slurm's default is 30.
KillWait=5
# Where there is no slurmdbd, ended jobs must stay visible to scontrol.
MinJobAge=3600
ReturnToService=2
SlurmdParameters=config_overrides
MailProg=/bin/true
GresTypes=gpu
NodeName=c[1-$NODES] NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=$((BASE + 2))-$((BASE + 1 + NODES)) CPUs=4 CoresPerSocket=4 RealMemory=8000 Gres=gpu:h100:2 Feature=loopback State=UNKNOWN
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
PartitionName=main Nodes=ALL Default=YES MaxTime=60 DefaultTime=5 PriorityTier=1
# What runs here takes nodes from what runs in main.
PartitionName=urgent Nodes=ALL MaxTime=60 DefaultTime=5 PriorityTier=9 PreemptMode=OFF
EOF
  # A gpu needs a character device each; any will do where nothing computes on it.
  printf "NodeName=c[1-$NODES] Name=gpu Type=h100 File=%s\n" /dev/null /dev/zero >"$DIR/gres.conf"
  echo "CgroupAutomount=no" >"$DIR/cgroup.conf"
}

# The accounting: slurmdbd and its database, where they are installed. Without them there is no sacct.
accounting() { type slurmdbd mariadbd mariadb-install-db >/dev/null 2>&1; }

start_accounting() {
  cat >"$DIR/slurmdbd.conf" <<EOF
AuthType=auth/munge
AuthInfo=$DIR/munge/socket
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort=$((BASE + 8))
SlurmUser=$(id -un)
PidFile=$DIR/pid/slurmdbd.own
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort=$((BASE + 9))
StorageUser=slurm
StoragePass=slurm
EOF
  chmod 600 "$DIR/slurmdbd.conf"
  cat >>"$DIR/slurm.conf" <<EOF
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort=$((BASE + 8))
AccountingStoragePass=$DIR/munge/socket
EOF
  mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$DIR/db" --skip-test-db \
    --auth-root-authentication-method=normal >"$DIR/log/install-db" 2>&1
  spawn mariadbd mariadbd --no-defaults --user="$(id -un)" --datadir="$DIR/db" --socket="$DIR/db.socket" \
    --bind-address=127.0.0.1 --port=$((BASE + 9)) --innodb-flush-log-at-trx-commit=0 --pid-file="$DIR/pid/mariadbd.own"
  wait_for mariadb-admin --no-defaults --socket="$DIR/db.socket" -u root ping
  mariadb --no-defaults --socket="$DIR/db.socket" -u root \
    -e "CREATE USER slurm@'127.0.0.1' IDENTIFIED BY 'slurm'; GRANT ALL ON slurm_acct_db.* TO slurm@'127.0.0.1'"
  spawn slurmdbd slurmdbd -D
  wait_for sacctmgr -n list cluster
  sacctmgr -i add cluster test >/dev/null
}

write_ssh_conf() {
  for key in id host; do
    [ -f "$DIR/ssh/$key" ] || ssh-keygen -q -t ed25519 -N '' -f "$DIR/ssh/$key"
  done
  echo "[127.0.0.1]:$BASE $(cut -d' ' -f1,2 "$DIR/ssh/host.pub")" >"$DIR/ssh/known_hosts"
  cp "$DIR/ssh/id.pub" "$DIR/authorized_keys"
  cat >"$DIR/ssh/sshd_config" <<EOF
ListenAddress 127.0.0.1
Port $BASE
HostKey $DIR/ssh/host
PidFile none
AuthorizedKeysFile $DIR/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
MaxStartups 50:30:100
SetEnv SLURM_CONF=$DIR/slurm.conf HOME=$DIR/home
EOF
  cat >"$DIR/ssh/config" <<EOF
Host cluster
  HostName 127.0.0.1
  Port $BASE
  User $RUN_AS
  IdentityFile $DIR/ssh/id
  IdentitiesOnly yes
  UserKnownHostsFile $DIR/ssh/known_hosts
  StrictHostKeyChecking yes
EOF
}

# The account on the cluster has a home of its own: whoever runs the tests may have slow login files,
# and nothing of theirs is to be touched.
start_sshd() {
  spawn sshd "$(type -P sshd)" -D -e -f "$DIR/ssh/sshd_config"
  wait_for ssh -F "$DIR/ssh/config" cluster true
}

start_node() {
  mkdir -p "$DIR/spool/$1"
  spawn "$1" slurmd -D -N "$1"
}

up() {
  mkdir -p "$DIR"/{pid,log,state,spool,ssh,munge,home}
  chmod 700 "$DIR/ssh"
  [ "$UID" != 0 ] || mkdir -p /run/sshd
  if [ ! -f "$DIR/munge/key" ]; then
    head -c 1024 /dev/urandom >"$DIR/munge/key"
    chmod 600 "$DIR/munge/key"
  fi
  write_slurm_conf
  write_ssh_conf
  spawn munged munged -F --socket="$DIR/munge/socket" --key-file="$DIR/munge/key" \
    --pid-file="$DIR/munge/pid" --log-file="$DIR/log/munged.log" --seed-file="$DIR/munge/seed"
  wait_for munge -n -S "$DIR/munge/socket"
  if accounting; then start_accounting; fi
  spawn slurmctld slurmctld -D -i
  for number in $(seq "$NODES"); do start_node "c$number"; done
  start_sshd
  wait_for nodes_ready
}

down() {
  if alive slurmctld; then
    scancel --user="$(id -un)" || true
    scontrol update "nodename=c[1-$NODES]" state=resume 2>/dev/null || true
    wait_for queue_empty || true
  fi
  ssh_stop
  for number in $(seq "$NODES"); do stop "c$number" TERM; done
  stop slurmctld TERM
  stop slurmdbd TERM
  stop mariadbd TERM
  stop munged TERM
}

ssh_stop() {
  [ ! -s "$DIR/pid/sshd" ] || pkill -KILL -P "$(cat "$DIR/pid/sshd")" || true
  stop sshd KILL
}

# Slurm resolves and binds the host's name. Where that is not 127.*, take a private UTS namespace
# whose name is localhost (needs root).
case $(getent ahostsv4 "$(hostname)" | head -n 1) in
  127.*) ;;
  *) case $1 in up | node-start) exec unshare -u sh -c 'hostname localhost; exec "$@"' _ "$0" "$@" ;; esac ;;
esac

case $1 in
  install | up | down) "$1" ;;
  ssh-stop) ssh_stop ;;
  ssh-start) start_sshd ;;
  node-stop) stop "$2" KILL ;;
  node-start) start_node "$2" && wait_for nodes_ready ;;
  *) sed -n '2,8p' "$0" >&2 && exit 2 ;;
esac
