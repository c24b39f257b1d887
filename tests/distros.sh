#!/bin/sh
# distros.sh [DISTRIBUTION/SUITE...]: README's two commands on other distributions, each in a chroot that holds nothing but
# its base system and make. A user without rights types `make report`, root runs the command that it answers
# with, the user types `make report` and `make test`. Skipped, with a message, without root or debootstrap.
#
# Suites: default debian/bookworm debian/trixie ubuntu/noble. In the environment:
#   DEBIAN_MIRROR, UBUNTU_MIRROR  where packages come from; Debian's default is the mirror this system uses.
#                                 A suite of Ubuntu is skipped without its mirror.
#   DISTROS   the folder for the chroots and logs; what is there is used again (default: /var/tmp/attndyn-distros)
#   PACKAGES  installed besides (default: libopenblas0-openmp, which a test tries beside the other OpenBLAS)
#   COMMANDS  what the user types (default: `make report; make test`)
set -eu
tree=$(cd "$(dirname "$0")/.." && pwd -P)
: "${DISTROS:=/var/tmp/attndyn-distros}" "${COMMANDS:=make report; make test}" "${PACKAGES=libopenblas0-openmp}"
skip() { echo "distributions: skipped, $*"; }
[ "$(id -u)" = 0 ] || { skip "only root can make a chroot"; exit 0; }
for program in debootstrap unshare chroot; do
    command -v $program >/dev/null || { skip "no $program (apt-get install debootstrap util-linux)"; exit 0; }
done
unshare -m true 2>/dev/null || { skip "no mount namespace is to be had here"; exit 0; }
[ -n "${DEBIAN_MIRROR:-}" ] || DEBIAN_MIRROR=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk '$1 == "Debian" && !/security/ {print $2; exit}')
[ $# -gt 0 ] || set -- debian/bookworm debian/trixie ubuntu/noble

# Ubuntu's keys come in a package of Debian's. A debootstrap that is older than a suite treats it as its last.
base() { # DISTRIBUTION SUITE ROOT
    components=main keys= script=sid
    if [ "$1" = ubuntu ]; then
        components=main,universe script=gutsy
        for k in /usr/share/keyrings/ubuntu-archive-keyring.gpg "$DISTROS"/*/usr/share/keyrings/ubuntu-archive-keyring.gpg; do
            [ ! -e "$k" ] || keys=--keyring=$k
        done
        [ -n "$keys" ] || { echo "no keys of Ubuntu's archive (apt-get install ubuntu-archive-keyring, from Debian 13 on)"; return 1; }
    fi
    [ ! -e "/usr/share/debootstrap/scripts/$2" ] || script=$2
    rm -rf --one-file-system "$3.new"
    debootstrap --variant=minbase --components=$components $keys "$2" "$3.new" "$mirror" "/usr/share/debootstrap/scripts/$script" &&
        chroot "$3.new" useradd -m user && mv "$3.new" "$3"
}

files() { # the tree without what is built
    if git -C "$tree" rev-parse HEAD >/dev/null 2>&1; then git -C "$tree" ls-files -z --cached --others --exclude-standard
    else (cd "$tree" && find . \( -path './build*' -o -path ./out \) -prune -o -type f -print0); fi
}

# Runs as root in the chroot, in a mount namespace of its own, so that mounts end with it.
inside='
set -u
mount -t proc proc /proc && mount -t devpts devpts /dev/pts && mount -t tmpfs tmpfs /dev/shm || exit 1
export DEBIAN_FRONTEND=noninteractive
user() { su - user -c "cd tree && $1"; }
step() { echo "--- $*"; }
step "apt-get install make $PACKAGES"
apt-get update -qq && apt-get install -y -qq --no-install-recommends make $PACKAGES >/dev/null || exit 1
step "make report, by a user where everything is missing"
if user "make report" >/tmp/said 2>&1; then cat /tmp/said; else
    cat /tmp/said
    command=$(sed -n "s/^    \(apt-get install .*\)/\1/p" /tmp/said)
    [ -n "$command" ] || { step "no command was named"; exit 1; }
    step "$command"
    $command -qq >/dev/null || exit 1
fi
echo "$COMMANDS" | tr ";" "\n" | while read -r command; do
    step "$command, by the user"
    user "$command" </dev/null || exit 1
done || exit 1
step versions
for p in libsundials-dev libgsl-dev libopenblas0 libopenmpi-dev gnuplot-nox libsqlite3-0; do
    dpkg-query -W -f "\${Package} \${Version}\n" $p 2>/dev/null
done
gcc --version | head -n 1
'

failed=
mkdir -p "$DISTROS"
for name; do
    distribution=${name%%/*} suite=${name#*/} mirror=
    case $distribution in debian) mirror=$DEBIAN_MIRROR ;; ubuntu) mirror=${UBUNTU_MIRROR:-} ;; esac
    [ -n "$mirror" ] || { skip "$name: no mirror is known (DEBIAN_MIRROR=, UBUNTU_MIRROR=)"; continue; }
    root=$DISTROS/$suite log=$DISTROS/$suite.log
    echo "$name: in $root, all that is said in $log"
    if ! { [ -d "$root" ] || base "$distribution" "$suite" "$root"; } >"$log" 2>&1; then
        echo "$name: no base system: $(tail -n 1 "$log")" >&2
        failed="$failed $name"
        continue
    fi
    rm -rf --one-file-system "$root/home/user/tree"
    mkdir "$root/home/user/tree"
    (cd "$tree" && files | tar -c --null -T -) | tar -x -C "$root/home/user/tree"
    chroot "$root" chown -R user: /home/user
    started=$(date +%s)
    if unshare -m --propagation private env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        PACKAGES="$PACKAGES" COMMANDS="$COMMANDS" chroot "$root" sh -c "$inside" >>"$log" 2>&1; then how=passed
    else how=FAILED failed="$failed $name"; fi
    grep -E '^(--- |[0-9]+%: Checks|[0-9]+ claims|.*tried, all ended well)' "$log" | sed 's/^/    /' || true
    sed -n '/^--- versions/,$p' "$log" | sed '1d; s/^/    /'
    echo "$name: $how in $((($(date +%s) - started) / 60)) min, $(date +%Y-%m-%d)"
done
[ -z "$failed" ] || { echo "distributions:$failed" >&2; exit 1; }
