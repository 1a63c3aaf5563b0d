"""Runs models on the reference runtimes for the tests: many requests, one process.

A request on standard input is a line of JSON, then the bytes that it announces:
    {"runtime": "tflm" | "onnx", "model": BYTES, "inputs": [BYTES, ...], "outputs": COUNT, "tensors": [INDEX, ...],
     "repeat": COUNT}
`tensors` (tflm) asks for the values of further tensors by index; `repeat` asks for the time of that many more runs.
The answer is a line of JSON, then the bytes that it announces:
    {"values": [BYTES, ...], "seconds": [SECONDS, ...]} or {"error": "..."}
Values are raw, row-major, little-endian.
"""

import json
import sys
import time

import numpy as np

ARENA_BYTES = 32 * 1024 * 1024


def timed(count, call):
    seconds = []
    for _ in range(count):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return seconds


def run_tflm(request, model, inputs):
    from tflite_micro.python.tflite_micro import runtime

    # Keeping every tensor takes another memory layout: not for what is timed.
    keep = bool(request["tensors"])
    config = runtime.InterpreterConfig
    interpreter = runtime.Interpreter.from_bytes(
        model,
        arena_size=max(ARENA_BYTES, 10 * len(model)),
        intrepreter_config=config.kPreserveAllTensors if keep else config.kAllocationRecording,
    )
    for index, data in enumerate(inputs):
        details = interpreter.get_input_details(index)
        value = np.frombuffer(data, dtype=details["dtype"])
        interpreter.set_input(value.reshape(details["shape"]), index)
    interpreter.invoke()
    values = [interpreter.get_output(index) for index in range(request["outputs"])]
    values += [interpreter.GetTensor(index, 0)["tensor_data"] for index in request["tensors"]]
    values = [np.array(value) for value in values]
    return values, timed(request["repeat"], interpreter.invoke)


def run_onnx(request, model, inputs):
    import onnx
    import onnxruntime

    onnx.checker.check_model(model, full_check=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # As it is written: fused operators round differently.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    types = {"tensor(float)": np.float32, "tensor(int8)": np.int8, "tensor(uint8)": np.uint8}
    feed = {}
    for info, data in zip(session.get_inputs(), inputs, strict=True):
        feed[info.name] = np.frombuffer(data, dtype=types[info.type]).reshape(info.shape)
    values = session.run(None, feed)
    return values, timed(request["repeat"], lambda: session.run(None, feed))


def answer(stdin):
    line = stdin.readline()
    if not line:
        return None
    request = json.loads(line)
    model = stdin.read(request["model"])
    inputs = [stdin.read(size) for size in request["inputs"]]
    run = {"tflm": run_tflm, "onnx": run_onnx}[request["runtime"]]
    try:
        values, seconds = run(request, model, inputs)
    except Exception as error:  # Whatever a runtime raises is the answer.
        return {"error": f"{type(error).__name__}: {error}"}, []
    values = [np.ascontiguousarray(value).tobytes() for value in values]
    return {"values": [len(value) for value in values], "seconds": seconds}, values


def main():
    # The runtimes print to standard output; answers go to a copy of it.
    import os

    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while (found := answer(sys.stdin.buffer)) is not None:
        header, values = found
        out.write(json.dumps(header).encode() + b"\n")
        for value in values:
            out.write(value)
        out.flush()


main()
