use super::udev::{self, RULE};
use super::{COMPILERS, probes};
use probe_rs::probe::list::Accessibility;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The key, operator and value of each part of a rule line; `None` where it has no such shape (`udev(7)`).
fn parts(line: &str) -> Option<Vec<(&str, &str, &str)>> {
    line.split(", ")
        .map(|part| {
            let at = part.find(['=', '!', '+'])?;
            let (key, rest) = part.split_at(at);
            let operator = ["==", "!=", "+=", "="]
                .into_iter()
                .find(|operator| rest.starts_with(operator))?;
            let value = rest[operator.len()..]
                .strip_prefix('"')?
                .strip_suffix('"')?;
            (!value.contains('"') && !key.is_empty()).then_some((key, operator, value))
        })
        .collect()
}

#[test]
fn every_line_of_the_rule_has_the_shape_that_udev_reads() {
    let mut ids = BTreeSet::new();
    let (mut gotos, mut labels) = (Vec::new(), Vec::new());
    for line in RULE
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
    {
        let parts = parts(line).unwrap_or_else(|| panic!("{line}"));
        let value = |key: &str| parts.iter().find(|part| part.0 == key).map(|part| part.2);
        for (key, operator, value) in &parts {
            let wanted = match *key {
                "ACTION" | "ATTRS{idVendor}" | "ATTRS{idProduct}" | "ATTRS{product}"
                | "ATTRS{interface}" => "==",
                "SUBSYSTEM" => "!=",
                "TAG" => "+=",
                "GOTO" | "LABEL" => "=",
                other => panic!("{other} in {line}"),
            };
            assert_eq!(*operator, wanted, "{line}");
            if key.starts_with("ATTRS{id") {
                let is_id = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
                assert!(value.len() == 4 && value.chars().all(is_id), "{line}");
            }
        }
        gotos.extend(value("GOTO"));
        labels.extend(value("LABEL"));
        if value("GOTO").is_none() && value("LABEL").is_none() {
            assert_eq!(value("TAG"), Some("uaccess"), "{line}");
            assert!(parts.len() > 1, "every device there is: {line}");
            if let (Some(vendor), product) = (value("ATTRS{idVendor}"), value("ATTRS{idProduct}")) {
                let name = value("ATTRS{product}").unwrap_or_default();
                assert!(ids.insert((vendor, product, name)), "twice: {line}");
            }
        }
    }
    assert_eq!(labels.len(), 1);
    assert!(gotos.iter().all(|goto| *goto == labels[0]));
    assert!(RULE.ends_with(&format!("LABEL=\"{}\"\n", labels[0])));
}

/// The sources of a crate of probe-rs, where cargo keeps them.
fn crate_sources(name: &str) -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map_or_else(
        || Some(Path::new(&std::env::var_os("HOME")?).join(".cargo")),
        |home| Some(home.into()),
    )?;
    let indices = std::fs::read_dir(home.join("registry/src")).ok()?;
    indices
        .filter_map(|index| Some(index.ok()?.path().join(name)))
        .find(|folder| folder.is_dir())
}

/// Numbers `0x….` of four digits in a text, in order.
fn hex_words(text: &str) -> Vec<String> {
    text.match_indices("0x")
        .filter_map(|(at, _)| text.get(at + 2..at + 6))
        .filter(|word| word.chars().all(|c| c.is_ascii_hexdigit()))
        .map(str::to_ascii_lowercase)
        .collect()
}

#[test]
fn the_rule_covers_the_ids_in_the_drivers() {
    let Some(sources) = crate_sources("probe-rs-0.32.0") else {
        println!("skipped: the sources of probe-rs are not where cargo keeps them");
        return;
    };
    // Where each driver states its ids: file, how the lines begin, and the vendor if it stands elsewhere.
    let places = [
        ("stlink/usb_interface.rs", "m.insert(0x", Some("0483")),
        ("ftdi/mod.rs", "id: (0x", None),
        ("ch347usbjtag/protocol.rs", "const CH34X_VID_PID", None),
        ("cmsisdap/tools.rs", "const KNOWN_DAPS", None),
        (
            "blackmagic/mod.rs",
            "const BLACK_MAGIC_PROBE_PID",
            Some("1d50"),
        ),
        ("wlink/mod.rs", "const PRODUCT_ID", Some("1a86")),
        (
            "glasgow/usb.rs",
            "pub(super) const PID_GLASGOW",
            Some("20b7"),
        ),
    ];
    for (file, begins, vendor) in places {
        let text = std::fs::read_to_string(sources.join("src/probe").join(file));
        let text = text.unwrap_or_else(|error| panic!("{file}: {error}"));
        let mut count = 0;
        for line in text
            .lines()
            .filter(|line| line.trim_start().starts_with(begins))
        {
            let words = hex_words(line);
            let pairs: Vec<(String, String)> = match vendor {
                Some(vendor) => vec![(vendor.to_owned(), words[0].clone())],
                None => (words.chunks_exact(2))
                    .map(|pair| (pair[0].clone(), pair[1].clone()))
                    .collect(),
            };
            for (vendor, product) in pairs {
                let rule =
                    format!("ATTRS{{idVendor}}==\"{vendor}\", ATTRS{{idProduct}}==\"{product}\"");
                assert!(RULE.contains(&rule), "{file}: {vendor}:{product}");
                count += 1;
            }
        }
        assert!(count > 0, "{file} has no line that begins with {begins}");
    }
    // Every model of SEGGER's, by vendor.
    assert!(RULE.contains("ATTRS{idVendor}==\"1366\", TAG"));
}

#[test]
fn an_installed_rule_is_found_whoever_wrote_it() -> std::io::Result<()> {
    let folder = tempfile::tempdir()?;
    let name = folder.path().to_string_lossy().into_owned();
    let report = || udev::report(&["/nowhere", &name]);
    assert!(
        report()
            .install
            .is_some_and(|line| line.contains("69-tinyscope-probes.rules"))
    );
    std::fs::write(folder.path().join("50-other.rules"), "SUBSYSTEM==\"tty\"\n")?;
    std::fs::write(folder.path().join("60-note.rules"), "# CMSIS-DAP uaccess\n")?;
    std::fs::write(folder.path().join("70-bytes.rules"), [0xFF, 0, 0xFE])?;
    assert_eq!(report().found, None);
    std::fs::write(folder.path().join(udev::RULE_FILE), RULE)?;
    let found = report().found.unwrap_or_default();
    assert!(found.ends_with("69-tinyscope-probes.rules"), "{found}");
    Ok(())
}

#[test]
fn a_probe_that_may_not_be_opened_is_told_apart() {
    let none = probes(&[]);
    assert_eq!(none.len(), 1);
    assert_eq!(none[0].found, None);
    let both = probes(&[
        ("ST-Link (0483:3748)".to_owned(), Accessibility::Accessible),
        (
            "ST-Link (0483:374b)".to_owned(),
            Accessibility::PermissionDenied,
        ),
    ]);
    assert_eq!(both[0].found.as_deref(), Some("ST-Link (0483:3748)"));
    assert!(both[1].purpose.contains("0483:374b"));
    assert!(
        both[1]
            .install
            .as_deref()
            .is_some_and(|line| line.contains("udev"))
    );
}

#[test]
fn every_compiler_says_what_it_is_for() {
    assert_eq!(
        COMPILERS.len(),
        super::tools(std::ffi::OsStr::new("")).len()
    );
    for report in super::tools(std::ffi::OsStr::new("")) {
        assert!(report.purpose.contains("Cortex-M") || report.purpose.contains("RISC-V"));
        assert!(report.home.is_some_and(|home| home.starts_with("https://")));
    }
}
