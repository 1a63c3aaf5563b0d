#!/bin/sh
# Fill the corpora from real models. Large ones teach a fuzzer little and slow it down, so they stay out.
set -eu
cd "$(dirname "$0")/.."
shared=${TINYSCOPE_SHARED:-../shared}
for kind in tflite onnx; do
    mkdir -p "fuzz/corpus/$kind"
    for file in models/*."$kind" "$shared"/models/*."$kind" "$shared"/bad/*."$kind" engine/core/tests/findings/*."$kind"; do
        [ -f "$file" ] || continue
        [ "$(wc -c < "$file")" -le 350000 ] || continue
        cp "$file" "fuzz/corpus/$kind/$(basename "$(dirname "$file")")-$(basename "$file")"
    done
done
mkdir -p fuzz/corpus/design
cp models/*.ron fuzz/corpus/design/
cargo run --quiet --manifest-path fuzz/Cargo.toml --bin seeds -- fuzz/corpus
