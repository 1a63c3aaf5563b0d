#!/bin/sh
# Install the independent runtimes of oracle-requirements.txt into a virtual environment: $TINYSCOPE_ORACLE, else
# target/oracle. Without the network it says so and succeeds: the tests that need them then skip, each with a line.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
list="$here/oracle-requirements.txt"
oracle=${TINYSCOPE_ORACLE:-$here/../target/oracle}
stamp="$oracle/installed.txt"

if cmp -s "$stamp" "$list"; then
    exit 0
fi
give_up() {
    echo "setup: $1; tests against tflite-micro and onnxruntime will be skipped" >&2
    exit 0
}
# Only a folder that is a virtual environment is ever removed.
if [ -e "$oracle" ] && [ ! -f "$oracle/pyvenv.cfg" ]; then
    give_up "$oracle is there and is no virtual environment"
fi

# Debian's own interpreter first: another one in the PATH may be of a version that has no packages.
python=/usr/bin/python3
[ -x "$python" ] || python=$(command -v python3) || give_up "python3 is missing"

echo "setup: installing tflite-micro and onnxruntime for the tests into $oracle"
rm -rf "$oracle"
mkdir -p "$(dirname "$oracle")"
"$python" -m venv "$oracle" >/dev/null 2>&1 || give_up "no virtual environment could be made (python3-venv)"
"$oracle/bin/pip" install --quiet --disable-pip-version-check --no-input --retries 1 --timeout 20 \
    --only-binary :all: --require-hashes --requirement "$list" \
    || give_up "the packages of dist/oracle-requirements.txt could not be installed"
"$oracle/bin/python" -c "import onnx, onnxruntime, tflite_micro" \
    || give_up "the packages of dist/oracle-requirements.txt do not load"
cp "$list" "$stamp"
