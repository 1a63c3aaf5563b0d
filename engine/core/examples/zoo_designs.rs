//! Writes the released `MCUNet`, `MobileNetV2` and `ProxylessNAS` architectures as designs of our own into `models/`:
//! `cargo run -p tinyscope-core --example zoo_designs`. Facts alone are taken from the shared folder `zoo`.

#[path = "../tests/support/mod.rs"]
mod support;

use serde_json::Value;
use tinyscope_core::design::{
    Activation, Block, Conv, Design, Head, Inverted, PaddingStyle, Pooling,
};

/// Architectures that were released at another resolution, too: file, resolution, name.
const OTHER_RESOLUTIONS: [(&str, usize, &str); 1] =
    [("proxyless-w0.3-r176_imagenet", 64, "proxyless-w0.3-r64")];

fn main() {
    let Some(zoo) = support::shared("zoo") else {
        return;
    };
    let entries = std::fs::read_dir(zoo).expect("a shared folder");
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "json"));
    files.sort();
    for path in files {
        let stem = path.file_stem().and_then(|s| s.to_str()).expect("a name");
        let text = std::fs::read_to_string(&path).expect("a shared file");
        let net: Value = serde_json::from_str(&text).expect("JSON");
        let design = design(stem, &net);
        write(&design);
        for (_, resolution, name) in OTHER_RESOLUTIONS.iter().filter(|(of, ..)| *of == stem) {
            write(&Design {
                name: (*name).into(),
                source: format!("{}, at {resolution}×{resolution}", design.source),
                resolution: [*resolution; 2],
                ..design.clone()
            });
        }
    }
}

fn write(design: &Design) {
    let path = support::workspace().join(format!("models/{}.ron", design.name));
    std::fs::write(&path, design.to_ron().expect("a design")).expect("models/ can be written");
    println!("{}", path.display());
}

fn design(stem: &str, net: &Value) -> Design {
    let first = &net["first_conv"];
    let last = &net["feature_mix_layer"];
    let resolution = number(&net["resolution"]);
    Design {
        name: stem.trim_end_matches("_imagenet").replace('_', "-"),
        source: format!("{stem}.json of mit-han-lab/mcunet (MIT)"),
        seed: 0,
        resolution: [resolution; 2],
        channels: number(&first["in_channels"]),
        padding: PaddingStyle::Symmetric,
        stem: Some(Conv {
            width: number(&first["out_channels"]),
            kernel: [number(&first["kernel_size"]); 2],
            stride: [number(&first["stride"]); 2],
            activation: activation(first),
        }),
        blocks: net["blocks"]
            .as_array()
            .expect("blocks")
            .iter()
            .filter_map(block)
            .map(Block::Inverted)
            .collect(),
        head: Head {
            width: (!last.is_null()).then(|| number(&last["out_channels"])),
            pooling: Some(Pooling::Average),
            classes: Some(number(&net["classifier"]["out_features"])),
            softmax: false,
        },
    }
}

/// `None` for a block that was searched away.
fn block(block: &Value) -> Option<Inverted> {
    let conv = &block["mobile_inverted_conv"];
    if conv["name"] == "ZeroLayer" {
        return None;
    }
    let ratio = number(&conv["expand_ratio"]);
    let expanded = conv["mid_channels"].as_u64().map(|n| n as usize);
    Some(Inverted {
        expand: (ratio > 1).then(|| expanded.unwrap_or(ratio * number(&conv["in_channels"]))),
        kernel: number(&conv["kernel_size"]),
        stride: number(&conv["stride"]),
        width: number(&conv["out_channels"]),
        residual: !block["shortcut"].is_null(),
        activation: activation(conv),
    })
}

fn activation(layer: &Value) -> Activation {
    match layer["act_func"].as_str() {
        Some("relu6") => Activation::Relu6,
        Some("relu") => Activation::Relu,
        _ => Activation::Linear,
    }
}

fn number(value: &Value) -> usize {
    value.as_u64().expect("a number") as usize
}
