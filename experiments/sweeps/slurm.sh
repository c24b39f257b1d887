#!/bin/sh
# A sweep as a Slurm job array: each task runs one shard into its own store, the last step merges.
#
#   sbatch --array=1-20 experiments/sweeps/slurm.sh scansnap/sgd 'lr_z=0.5,1,2,3' seed=1:100
#   attndyn sweep scansnap/sgd 'lr_z=0.5,1,2,3' seed=1:100 --store all.db \
#       $(for f in shard-*.db; do echo --merge $f; done) --csv all.csv
#
# Requeued or killed tasks go on where they stopped.
#SBATCH --job-name=attndyn
#SBATCH --cpus-per-task=4
#SBATCH --time=12:00:00
set -eu
: "${SLURM_ARRAY_TASK_ID:?submit with sbatch --array=1-N}" "${SLURM_ARRAY_TASK_COUNT:?}"
exec "${ATTNDYN:-attndyn}" sweep "$@" \
    --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" \
    --store "shard-$SLURM_ARRAY_TASK_ID.db" -j "${SLURM_CPUS_PER_TASK:-1}"
