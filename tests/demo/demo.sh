#!/bin/sh
# The whole of DeadDropBox in a minute: three custodians, one folder, ten seconds, one loss.
set -eu

work=$(mktemp -d "${TMPDIR:-/tmp}/deaddropbox-demo.XXXXXX")
export DDB_HOME="$work/home"
cd "$work"

leave_nothing() {
    status=$?
    trap - EXIT INT TERM HUP
    ddb fleet down >/dev/null 2>&1 || true
    cd /
    rm -rf "$work"
    exit "$status"
}
trap leave_nothing EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() {
    printf '\033[2m$'
    for word in "$@"; do
        case $word in *' '*) printf ' "%s"' "$word" ;; *) printf ' %s' "$word" ;; esac
    done
    printf '\033[0m\n'
    "$@"
}
digest() { (cd "$1" && find . -type f -exec sha256sum {} + | sort -k 2 | sha256sum | cut -c 1-16); }
must_be() {
    if [ "$1" != "$2" ]; then
        echo "the demo went wrong: $3" >&2
        exit 1
    fi
}

say "1. A practice fleet: three custodians, each a program with a key and a disk of its own"
run ddb fleet up --custodians 3
run ddb pair --all

say "2. A folder to lock away"
mkdir papers
echo "the names of those who talked to me" >papers/sources.txt
head -c 3000000 /dev/urandom >papers/recording.wav
ls -l papers
before=$(digest papers)
echo "its fingerprint: $before"

say "3. Split it: any two of the three bring it back, and no sooner than in ten seconds"
run ddb split papers --custodians 3 --threshold 2 --release "after 10s" --yes
if [ -e papers ]; then must_be gone there "the original is still there"; fi
echo "the folder is gone from this machine"
run ddb status
run ddb fleet status

say "4. Try to open it now"
refused=0
run ddb recover papers --to too-early || refused=$?
must_be "$refused" 3 "it should have been refused with exit status 3, not $refused"
echo "refused, exit status $refused: still locked. That is the point."

say "5. One custodian is lost for good"
run ddb fleet down attic
run ddb fleet status

say "6. Wait for the lock, and recover from the two that are left"
run ddb recover papers --wait --to papers-again
after=$(digest papers-again)
echo "its fingerprint: $after"
must_be "$after" "$before" "the fingerprints differ"

say "The same, byte for byte. Stopping everything; nothing is left behind."
