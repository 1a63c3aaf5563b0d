#!/bin/sh
# Install what is missing from the Debian package lists beside this file.
#   setup.sh run    what the program needs        setup.sh test   what the tests need as well
# As root, or with sudo that asks nothing, it installs; otherwise it prints the one line to run and fails.
set -eu

here=$(dirname "$0")
lists="$here/packages-run.txt"
purpose=${1:-run}
case "$purpose" in
    run) ;;
    test) lists="$lists $here/packages-test.txt" ;;
    *) echo "usage: setup.sh run|test" >&2; exit 2 ;;
esac

# The last step: the runtimes that the tests compare with, which are no Debian packages.
finish() {
    if [ "$purpose" = test ]; then
        sh "$here/oracle.sh"
    fi
    exit 0
}

if ! command -v cargo >/dev/null 2>&1; then
    echo "setup: cargo is missing; install Rust, see https://rustup.rs" >&2
    exit 3
fi
if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "setup: not a Debian system; these packages (or their like) are needed:" >&2
    # shellcheck disable=SC2086
    grep -hv '^#' $lists | tr '\n' ' ' >&2
    finish
fi

missing=""
# shellcheck disable=SC2086
for package in $(grep -hv '^#' $lists); do
    state=$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null || true)
    case "$state" in ii*) ;; *) missing="$missing $package" ;; esac
done
[ -n "$missing" ] || finish

line="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo"
else
    echo "setup: some packages are missing; run this line, then try again:" >&2
    echo "  sudo $line" >&2
    exit 3
fi

echo "setup: installing$missing"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
$as_root apt-get update -qq && $as_root $line
finish
