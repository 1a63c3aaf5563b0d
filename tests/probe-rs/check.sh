#!/bin/sh
# An unmodified `probe-rs run` flashes a generated network onto the virtual board over TCP and runs it there; what it
# prints over RTT is compared with the same C run on this machine. Apart from the other tests, because building
# probe-rs takes long. Needs pkg-config and libudev-dev (Debian) besides what `make setup-test` installs.
#   PROBE_RS=path    a probe-rs to use instead of building one into target/probe-rs-tools
#   TINYSCOPE=path   a tinyscope to use instead of building one
set -eu

version=0.32.0
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
firmware="$root/engine/board/src/firmware"

if [ -z "${PROBE_RS:-}" ]; then
    PROBE_RS="$root/target/probe-rs-tools/bin/probe-rs"
    if ! "$PROBE_RS" --version 2>/dev/null | grep -q "$version"; then
        "${CARGO:-cargo}" install probe-rs-tools --version "$version" --locked --root "$root/target/probe-rs-tools"
    fi
fi
if [ -z "${TINYSCOPE:-}" ]; then
    "${CARGO:-cargo}" build --manifest-path "$root/Cargo.toml" --package tinyscope --locked
    TINYSCOPE="$root/target/debug/tinyscope"
fi

work=$(mktemp -d)
server=
clean_up() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

"$TINYSCOPE" emit digits --out "$work/c" >/dev/null
gcc -std=gnu99 -O1 -I "$work/c" "$here/program.c" "$work"/c/*.c -o "$work/host"
"$work/host" >"$work/expected.txt"
arm-none-eabi-gcc -mthumb -mcpu=cortex-m7 -mfpu=fpv5-sp-d16 -mfloat-abi=hard -std=gnu99 -O2 -g -ffreestanding \
    -fno-tree-loop-distribute-patterns -I "$work/c" -I "$firmware" -I "$firmware/arm" -nostdlib -nostartfiles -T "$here/link.ld" \
    "$here/program.c" "$work"/c/*.c "$firmware/rtt.c" "$firmware/memory.c" -lgcc -o "$work/program.elf"

"$TINYSCOPE" serve --listen 127.0.0.1:0 --json >"$work/served.json" 2>"$work/served.log" &
server=$!
tries=0
until probe=$(sed -n 's/.*"probe": "\(.*\)".*/\1/p' "$work/served.json") && [ -n "$probe" ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 100 ]; then
        echo "probe-rs-check: the server does not start" >&2
        cat "$work/served.log" >&2
        exit 1
    fi
    sleep 0.1
done
chip=$(sed -n 's/.*"chip": "\(.*\)".*/\1/p' "$work/served.json")

echo "\$ probe-rs --version"
"$PROBE_RS" --version
echo "\$ probe-rs run --probe $probe --chip $chip program.elf"
status=0
NO_COLOR=1 timeout 300 "$PROBE_RS" run --non-interactive --no-timestamps --probe "$probe" --chip "$chip" "$work/program.elf" \
    >"$work/got.txt" 2>"$work/got.log" || status=$?
cat "$work/got.log" "$work/got.txt"
echo "probe-rs ended with status $status; the server saw:"
cat "$work/served.log"
[ "$status" = 0 ] || exit 1
echo "Firmware exited successfully" >>"$work/expected.txt" # probe-rs' own last line
if ! diff "$work/expected.txt" "$work/got.txt"; then
    echo "probe-rs-check: the board printed something else than the host" >&2
    exit 1
fi
echo "probe-rs-check: the board printed what the host printed"
