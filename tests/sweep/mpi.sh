#!/bin/sh
# The sweep's bytes do not depend on MPI ranks: one process, 1, 2 and 4 ranks. Needs `make MPI=1`.
set -eu
serial=$(realpath "${1:-build/attndyn}") mpi=$(realpath "${2:-build/attndyn-mpi}")
folder=$(mktemp -d) && cd "$folder"
trap 'rm -rf "$folder"' EXIT
sweep="sweep lowrank/memory shape=60M,130M r=1:200"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
"$serial" $sweep --store serial.db --csv serial.csv >/dev/null
for ranks in 1 2 4; do
    mpirun --oversubscribe -n $ranks "$mpi" $sweep --store ranks$ranks.db --csv ranks$ranks.csv >/dev/null
    cmp serial.csv ranks$ranks.csv
    echo "$ranks ranks: identical to one process"
done
# killed, then started again with another number of ranks
mpirun --oversubscribe -n 3 "$mpi" $sweep --store killed.db >/dev/null 2>&1 & job=$!
sleep 0.3; kill -9 $job 2>/dev/null || true; wait $job 2>/dev/null || true; sleep 1
mpirun --oversubscribe -n 2 "$mpi" $sweep --store killed.db --csv killed.csv >/dev/null
cmp serial.csv killed.csv
echo "killed and resumed: identical to one process"
# a store grows over ranks, and keeps tables; the second command does not name them
flow="sweep scansnap/flow data=random validate=false t_end=1 points=6"
"$serial" $flow num_last=2:9 data_seed=1:3 --keep classes --keep state --store table.db --csv table.csv >/dev/null
mpirun --oversubscribe -n 3 "$mpi" $flow num_last=2:4 data_seed=1:3 --keep classes --keep state --store grown.db >/dev/null
mpirun --oversubscribe -n 2 "$mpi" $flow num_last=2:9 data_seed=1:3 --store grown.db --csv grown.csv >/dev/null
cmp table.csv grown.csv
for table in classes state; do
    "$serial" export table.db --table $table >one.csv
    "$serial" export grown.db --table $table | cmp - one.csv
done
echo "grown over ranks, tables kept: identical to one process"
