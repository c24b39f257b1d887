#!/bin/sh
# Runs the commands of docs/pretrained.md: a trained network of llama2.c (ATTNDYN_DATA, the folder of data that do not
# travel with the project) stands for every network that is named there, its stories for every text. What the page says
# is refused must be refused with the reason. Skipped where the data are not here.
set -eu
cd "$(dirname "$0")/.."
program=${ATTNDYN_PROGRAM:-build/attndyn}
case $program in /*) ;; *) program=$PWD/$program ;; esac
page=$PWD/docs/pretrained.md
network=${ATTNDYN_DATA:-}/stories260K/stories260K.bin
text=${ATTNDYN_DATA:-}/texts/tinystories.txt
[ -r "$network" ] && [ -r "$text" ] || { echo 'pretrained-docs: skipped, no stories260K (ATTNDYN_DATA names the folder that has it)'; exit 0; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
head -c 40000 "$text" > book.txt
mkdir pythia out
ln -s "$ATTNDYN_DATA/evals" evals
for name in opt-125m gpt2 opt-a opt-b; do mkdir $name; cp "$network" "${network%/*}/tok512.bin" $name; done
cp "$network" stories260K.bin
commands() { awk '/^```sh/ { on = 1; next } /^```/ { on = 0 } on && /^build\/attndyn /' "$page" | sed 's/ *# .*//'; }
commands > lines
[ "$(wc -l < lines)" -ge 7 ] || { echo 'pretrained-docs: the page has lost its commands'; exit 1; }
# A folder has one network; llama2.c's is a file in it. The three checkpoints are the same network: what follows from that
# is not judged here.
sed -e "s|^build/attndyn|$program|" -e 's|\(models*\)=opt-125m |\1=opt-125m/stories260K.bin |' -e 's|models=opt-125m,gpt2|models=opt-125m/stories260K.bin,gpt2/stories260K.bin|' -e 's|tokenizer=opt-125m|tokenizer=opt-125m/tok512.bin|' \
    -e 's|pythia/step[0-9]*|opt-125m/stories260K.bin|g' -e 's|model=opt-a,opt-b|model=opt-a/stories260K.bin,opt-b/stories260K.bin|' \
    -e 's|model=out/training/checkpoint.safetensors form=gpt2|model= form=gpt2|' lines > run
while read -r line; do
    case $line in *' run '*) line="$line --no-plot" ;; esac
    case $line in *mobile/tasks*limit=*) ;; *mobile/tasks*) line="$line limit=20" ;; esac
    case $line in *lm/sparsity* | *lm/embedding*) line="$line columns=4 valid_columns=4" ;; esac
    status=0
    sh -c "$line" > said 2>&1 || status=$?
    case $line in *joma-real*)
        [ $status = 64 ] && grep -q 'rotary positions make every logit one of the distance' said && continue
        ;;
    esac
    [ $status = 0 ] || { echo "$line"; cat said; echo "pretrained-docs: exit $status"; exit 1; }
done < run
[ -f my-gpt2/config.json ] && [ -f stories260k-llama/model.safetensors ] || { echo 'pretrained-docs: nothing exported'; exit 1; }
echo 'pretrained-docs: good'
