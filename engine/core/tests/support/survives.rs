//! What must hold whatever bytes come in. Shared by the mutation tests and the fuzz targets.

use tinyscope_core::graph::verify;
use tinyscope_core::plan::{Choices, Prepared, Target, plan_prepared};
use tinyscope_core::{Diagnostic, codegen, import, schedule};

/// Imports `bytes` and takes what comes out as far as it goes: a graph must be whole, survive lowering, and either plan
/// or be refused; a program printed from it is plain text; every message is fit to be shown.
pub fn model(bytes: &[u8]) {
    let imported = import::import("mutant", bytes);
    for diagnostic in &imported.diagnostics {
        assert_fit_to_show(diagnostic);
    }
    let Some(graph) = imported.graph else {
        assert!(
            import::has_errors(&imported.diagnostics),
            "refused without a word"
        );
        return;
    };
    assert!(
        !import::has_errors(&imported.diagnostics),
        "a graph in spite of an error"
    );
    assert_eq!(verify(&graph), Ok(()));
    let (lowered, notes) = schedule::lower(&graph);
    assert_eq!(verify(&lowered), Ok(()));
    for diagnostic in &notes {
        assert_fit_to_show(diagnostic);
    }
    let Ok(prepared) = Prepared::new(&graph) else {
        return;
    };
    let Ok(plan) = plan_prepared(&prepared, &Target::stm32f746(), &Choices::default()) else {
        return;
    };
    let Ok(program) = codegen::emit(&plan, &codegen::EmitOptions::default()) else {
        return;
    };
    for file in &program.files {
        let plain = |b: u8| b == b'\n' || (b' '..=b'~').contains(&b);
        assert!(
            file.text.bytes().all(plain),
            "{} holds more than plain text",
            file.path
        );
    }
}

/// No control or direction characters: they would reach a terminal.
fn assert_fit_to_show(diagnostic: &Diagnostic) {
    let shown = diagnostic.to_string();
    let harmful = |c: char| {
        c.is_control()
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
    };
    assert!(!shown.chars().any(harmful), "{shown:?}");
    assert!(
        !diagnostic.message.is_empty(),
        "{diagnostic:?} says nothing"
    );
}
