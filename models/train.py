#!/usr/bin/env python3
"""Train the two bundled networks and convert them to int8 TFLite.

    python3 -m venv .venv && .venv/bin/pip install tensorflow-cpu==2.21 scikit-learn pillow
    .venv/bin/python models/train.py digits scene
    .venv/bin/python models/train.py --float digits

Both learn handwritten digits: the UCI "Optical Recognition of Handwritten Digits" test set that scikit-learn
bundles (1,797 images of 8x8; Alpaydin & Kaynak, 1998; CC BY 4.0). 1,397 digits train, 400 others test.

- digits: one digit, 16x16x1. A few tens of kilobytes.
- scene:  a digit of 20 to 44 pixels somewhere in a cluttered 96x96x3 picture, for a MobileNetV2-like network whose
          first blocks need several times the memory of the rest.

Writes NAME.tflite, samples/NAME-*.png and metrics.json beside this script. With --float writes NAME_float.tflite, the
network before quantisation, and NAME_pictures.npz instead: 8-bit pictures [count, height, width, channels], `test` with
its `labels`, and `calibration` from the training set. Seeds are fixed; results vary a little with TensorFlow's version
and the number of threads.
"""

import json
import pathlib
import sys

import numpy as np
import tensorflow as tf
from PIL import Image
from sklearn.datasets import load_digits

HERE = pathlib.Path(__file__).resolve().parent
CLASSES = 10
SEED = 7


def digits_split():
    """8x8 digits in 0..1, shuffled once, split into train and test."""
    data = load_digits()
    order = np.random.default_rng(SEED).permutation(len(data.images))
    images, labels = (data.images / 16.0).astype(np.float32)[order], data.target[order]
    return (images[400:], labels[400:]), (images[:400], labels[:400])


def resized(image, size):
    """One 8x8 digit at size x size, bilinear."""
    return np.asarray(Image.fromarray(image).resize((size, size), Image.BILINEAR), np.float32)


def digit_batch(images, labels, rng, count, augment):
    """count pictures [16, 16, 1] in 0..1, shifted and scaled a little when augmenting."""
    x, y = np.zeros((count, 16, 16, 1), np.float32), np.zeros(count, np.int64)
    for i in range(count):
        k = rng.integers(len(images)) if augment else i
        size = int(rng.integers(12, 17)) if augment else 16
        top, left = (rng.integers(0, 17 - size, 2)) if augment else (0, 0)
        x[i, top : top + size, left : left + size, 0] = resized(images[k], size)
        y[i] = labels[k]
    return x, y


def scene(image, rng):
    """One picture [96, 96, 3] in 0..1: a gradient, a few shapes as clutter, noise, and the digit."""
    ramp = np.linspace(0, 1, 96, dtype=np.float32)
    weight = (ramp[:, None] * rng.uniform(-1, 1) + ramp[None, :] * rng.uniform(-1, 1))[..., None]
    base = rng.uniform(0.1, 0.9, 3)
    picture = base + 0.25 * weight * rng.uniform(-1, 1, 3)
    for _ in range(rng.integers(2, 6)):
        h, w = rng.integers(3, 28, 2)
        top, left = rng.integers(0, 96 - h), rng.integers(0, 96 - w)
        picture[top : top + h, left : left + w] += rng.uniform(-0.2, 0.2, 3)
    size = int(rng.integers(20, 45))
    top, left = rng.integers(0, 97 - size, 2)
    ink = np.where(base > 0.5, rng.uniform(0.0, 0.15, 3), rng.uniform(0.85, 1.0, 3))
    mask = resized(image, size)[..., None]
    patch = picture[top : top + size, left : left + size]
    picture[top : top + size, left : left + size] = patch * (1 - mask) + ink * mask
    return np.clip(picture + rng.normal(0, 0.02, picture.shape), 0, 1).astype(np.float32)


def scene_batch(images, labels, rng, count, augment):
    """count pictures [96, 96, 3] with their labels."""
    order = rng.integers(len(images), size=count) if augment else np.arange(count) % len(images)
    return np.stack([scene(images[k], rng) for k in order]), labels[order]


def conv_bn(x, filters, kernel, stride, relu=True):
    x = tf.keras.layers.Conv2D(filters, kernel, stride, padding="same", use_bias=False)(x)
    x = tf.keras.layers.BatchNormalization(momentum=0.9)(x)
    return tf.keras.layers.ReLU(6.0)(x) if relu else x


def inverted_residual(x, filters, expand, kernel, stride):
    """MobileNetV2's block: 1x1 up, depthwise, 1x1 down, and a skip where shapes allow."""
    inside = x.shape[-1]
    y = conv_bn(x, inside * expand, 1, 1) if expand > 1 else x
    y = tf.keras.layers.DepthwiseConv2D(kernel, stride, padding="same", use_bias=False)(y)
    y = tf.keras.layers.ReLU(6.0)(tf.keras.layers.BatchNormalization(momentum=0.9)(y))
    y = conv_bn(y, filters, 1, 1, relu=False)
    return tf.keras.layers.Add()([x, y]) if stride == 1 and inside == filters else y


def digits_network():
    inputs = tf.keras.Input((16, 16, 1))
    x = conv_bn(inputs, 16, 3, 1)
    x = inverted_residual(x, 24, 3, 3, 2)
    x = inverted_residual(x, 24, 3, 3, 1)
    x = inverted_residual(x, 40, 4, 3, 2)
    x = tf.keras.layers.GlobalAveragePooling2D()(x)
    return tf.keras.Model(inputs, tf.keras.layers.Dense(CLASSES, activation="softmax")(x))


def scene_network():
    inputs = tf.keras.Input((96, 96, 3))
    x = conv_bn(inputs, 16, 3, 2)
    x = inverted_residual(x, 8, 1, 3, 1)
    for filters, expand, kernel, stride, repeat in [
        (16, 6, 3, 2, 2),
        (24, 4, 5, 2, 2),
        (40, 4, 3, 2, 3),
        (64, 4, 3, 2, 1),
    ]:
        for i in range(repeat):
            x = inverted_residual(x, filters, expand, kernel, stride if i == 0 else 1)
    x = conv_bn(x, 128, 1, 1)
    x = tf.keras.layers.GlobalAveragePooling2D()(x)
    return tf.keras.Model(inputs, tf.keras.layers.Dense(CLASSES, activation="softmax")(x))


def int8_model(model, calibration):
    """The int8 TFLite file: int8 in and out, ranges from the calibration pictures."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([x[None]] for x in calibration)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    return converter.convert()


def int8_accuracy(content, x, y):
    interpreter = tf.lite.Interpreter(
        model_content=content,
        experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_REF,
    )
    interpreter.allocate_tensors()
    source, sink = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    scale, zero = source["quantization"]
    hits = 0
    for picture, label in zip(x, y):
        codes = np.clip(np.round(picture / scale) + zero, -128, 127).astype(np.int8)
        interpreter.set_tensor(source["index"], codes[None])
        interpreter.invoke()
        hits += int(np.argmax(interpreter.get_tensor(sink["index"])[0]) == label)
    return hits / len(y)


def write_float(name, model, x, y, calibration):
    """The float32 TFLite file, and the pictures to quantise and judge it with."""
    content = tf.lite.TFLiteConverter.from_keras_model(model).convert()
    (HERE / f"{name}_float.tflite").write_bytes(content)
    x, calibration = (np.round(z * 255).astype(np.uint8) for z in (x, calibration))
    np.savez_compressed(
        HERE / f"{name}_pictures.npz", test=x, labels=y.astype(np.uint8), calibration=calibration
    )
    return content


def train(name, as_float, network, batch, epochs, per_epoch, tests):
    tf.keras.utils.set_random_seed(SEED)
    rng = np.random.default_rng(SEED)
    (train_images, train_labels), (test_images, test_labels) = digits_split()
    model = network()
    steps = epochs * per_epoch // 64
    model.compile(
        tf.keras.optimizers.Adam(tf.keras.optimizers.schedules.CosineDecay(3e-3, steps)),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    for epoch in range(epochs):
        x, y = batch(train_images, train_labels, rng, per_epoch, True)
        history = model.fit(x, y, 64, 1, verbose=0).history
        print(f"{name} epoch {epoch + 1}/{epochs} accuracy {history['accuracy'][0]:.3f}", flush=True)
    x, y = batch(test_images, test_labels, np.random.default_rng(SEED + 1), tests, False)
    float_top1 = float(np.mean(np.argmax(model.predict(x, verbose=0), 1) == y))
    calibration, _ = batch(train_images, train_labels, np.random.default_rng(SEED + 2), 256, True)
    content = int8_model(model, calibration)
    int8_top1 = int8_accuracy(content, x, y)
    if as_float:
        return {
            "bytes": len(write_float(name, model, x, y, calibration)),
            "test_pictures": len(y),
            "float_top1": round(float_top1, 4),
            "tflite_int8_top1": round(int8_top1, 4),
            "input": "pixel / 255",
        }
    (HERE / f"{name}.tflite").write_bytes(content)
    (HERE / "samples").mkdir(exist_ok=True)
    for i in range(4):
        pixels = np.round(x[i] * 255).astype(np.uint8)
        Image.fromarray(pixels.squeeze()).save(HERE / "samples" / f"{name}-{i}-is-{y[i]}.png")
    return {
        "bytes": len(content),
        "test_pictures": len(y),
        "float_top1": round(float_top1, 4),
        "int8_top1": round(int8_top1, 4),
        "input": "codes = round(pixel / 255 / scale) + zero_point",
    }


RECIPES = {
    "digits": (digits_network, digit_batch, 30, 4096, 400),
    "scene": (scene_network, scene_batch, 40, 4096, 400),
}

if __name__ == "__main__":
    path = HERE / "metrics.json"
    metrics = json.loads(path.read_text()) if path.exists() else {}
    as_float = "--float" in sys.argv
    for chosen in [name for name in sys.argv[1:] if name != "--float"] or RECIPES:
        key = f"{chosen}_float" if as_float else chosen
        metrics[key] = train(chosen, as_float, *RECIPES[chosen])
        path.write_text(json.dumps(metrics, indent=2, sort_keys=True) + "\n")
        print(key, metrics[key], flush=True)
