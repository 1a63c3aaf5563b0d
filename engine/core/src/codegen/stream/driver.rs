//! The function of a streamed segment: calls its steps' functions in the order of [`crate::schedule::stream`]. Each step
//! runs a unit when all that it reads is there; else the step that makes it has to run first.

use super::axis::Axis;
use super::{Streamed, mentions, times};
use crate::codegen::source::symbol;
use crate::codegen::step::{Printed, operand};
use crate::graph::Interval;
use crate::plan::{Layout, Step, Way};
use crate::schedule::region::operand_interval;
use crate::schedule::stream::{Stream, Unit};
use crate::schedule::{Source, Strips, Tiles};
use std::collections::BTreeSet;
use std::fmt::Write;

/// How the segment's function begins.
#[derive(Clone, Copy)]
pub(in crate::codegen) struct Entry<'a> {
    pub name: &'a str,
    pub parameters: &'a str,
}

/// Who asks for the units of a step.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Asker {
    Step(usize),
    /// The segment itself: all of the step's output is needed.
    Segment,
}

/// Text of the segment's function.
pub(in crate::codegen) fn driver(
    s: &Streamed<'_>,
    printed: &[Printed],
    entry: Entry<'_>,
) -> String {
    let Entry { name, parameters } = entry;
    let mut out = String::new();
    match &s.segment.way {
        Way::TileCache(tiles) => tiled(s, tiles, name, &mut out),
        Way::HorizontalCache(strips) => {
            let strip = format!("{name}_strip");
            let _ = writeln!(
                out,
                "\n/* A strip, from left to right: the last step is asked for one column after the other. */\n\
                 static void {strip}(uint8_t *arena, int32_t strip)\n{{"
            );
            body(s, printed, &mut out);
            out.push_str("}\n");
            strips_loop(strips, name, &strip, &mut out);
        }
        _ => {
            let unit = if matches!(s.stream(), Some((lines, _)) if lines.unit == Unit::Row) {
                "row"
            } else {
                "pixel"
            };
            let _ = writeln!(
                out,
                "\n/* Through line buffers: the last step is asked for one {unit} after the other. */\n\
                 static void {name}({parameters})\n{{"
            );
            body(s, printed, &mut out);
            out.push_str("}\n");
        }
    }
    out
}

fn strips_loop(strips: &Strips, name: &str, strip: &str, out: &mut String) {
    let count = strips.strips.len();
    let _ = writeln!(
        out,
        "\nstatic void {name}(uint8_t *arena)\n{{\n    for (int32_t strip = 0; strip < {count}; strip++) {{\n        \
         {strip}(arena, strip);\n    }}\n}}"
    );
}

fn tiled(s: &Streamed<'_>, tiles: &Tiles, name: &str, out: &mut String) {
    let _ = writeln!(
        out,
        "\n/* In {} x {} tiles; rows and columns that others read again are kept. */\n\
         static void {name}(uint8_t *arena)\n{{\n    for (int32_t row = 0; row < {}; row++) {{\n        \
         for (int32_t column = 0; column < {}; column++) {{",
        tiles.rows.len(),
        tiles.columns.len(),
        tiles.rows.len(),
        tiles.columns.len()
    );
    for step in &s.plan.steps[s.steps().clone()] {
        let _ = writeln!(out, "            {}(arena, row, column);", symbol(step));
    }
    out.push_str("        }\n    }\n}\n");
}

/// Counters, then what the segment asks for, then the steps.
fn body(s: &Streamed<'_>, printed: &[Printed], out: &mut String) {
    let Some((_, stream)) = s.stream() else {
        return;
    };
    let counters = s.counters();
    let _ = writeln!(out, "    int32_t done[{}] = {{0}};", counters.len());
    let askers: Vec<Vec<Asker>> = (s.steps().clone())
        .map(|step| askers(s, stream, step))
        .collect();
    for (step, askers) in s.steps().clone().zip(&askers) {
        if askers.len() > 1 {
            let _ = writeln!(out, "    int asker_{step} = 0;");
        }
    }
    for step in s.steps().clone() {
        if let Some(take) = printed.get(step).and_then(|p| p.take.as_ref()) {
            let _ = writeln!(out, "    {}", take.start);
        }
    }
    let start = s.steps().start;
    for step in s
        .steps()
        .clone()
        .rev()
        .filter(|&step| stream.keeps_whole(step))
    {
        let count = stream.unit.count(s.flow.steps[step].map);
        let _ = writeln!(
            out,
            "all_of_{step}:\n    if ({} < {count}) {{\n{}        goto step_{step};\n    }}",
            counters.done(step),
            note(&askers[step - start], step, Asker::Segment)
        );
    }
    out.push_str("    return;\n");
    for step in s.steps().clone() {
        let _ = writeln!(out, "step_{step}: {{");
        requests(s, stream, step, &askers, out);
        run(s, &s.plan.steps[step], printed, &counters.done(step), out);
        let own = &askers[step - start];
        out.push_str("    }\n");
        if let [one] = own[..] {
            let _ = writeln!(out, "    goto {};", label(one, step));
            continue;
        }
        let _ = writeln!(out, "    switch (asker_{step}) {{");
        for (number, &asker) in own.iter().enumerate() {
            let case = if number + 1 == own.len() {
                "default".into()
            } else {
                format!("case {number}")
            };
            let _ = writeln!(out, "    {case}:\n        goto {};", label(asker, step));
        }
        out.push_str("    }\n");
    }
}

fn label(asker: Asker, step: usize) -> String {
    match asker {
        Asker::Step(reader) => format!("step_{reader}"),
        Asker::Segment => format!("all_of_{step}"),
    }
}

/// Who can ask for a step's units.
fn askers(s: &Streamed<'_>, stream: Stream<'_>, step: usize) -> Vec<Asker> {
    let reads = |&reader: &usize| s.flow.steps[reader].inputs.contains(&Source::Step(step));
    let readers: BTreeSet<Asker> = (s.steps().clone()).filter(reads).map(Asker::Step).collect();
    let segment = stream.keeps_whole(step).then_some(Asker::Segment);
    readers.into_iter().chain(segment).collect()
}

/// Remembers who asked, where there are several.
fn note(askers: &[Asker], step: usize, who: Asker) -> String {
    let number = askers.iter().position(|&asker| asker == who).unwrap_or(0);
    if askers.len() > 1 {
        format!("        asker_{step} = {number};\n")
    } else {
        String::new()
    }
}

/// What must be there before a step can run: in the order of its operands.
fn requests(
    s: &Streamed<'_>,
    stream: Stream<'_>,
    step: usize,
    askers: &[Vec<Asker>],
    out: &mut String,
) {
    let node = &s.flow.steps[step];
    let counters = s.counters();
    let done = counters.done(step);
    let ask = |source: Source, needed: &str, out: &mut String| match source {
        Source::Step(producer) if s.steps().contains(&producer) => {
            let _ = writeln!(
                out,
                "    if ({} < {needed}) {{\n{}        goto step_{producer};\n    }}",
                counters.done(producer),
                note(
                    &askers[producer - s.steps().start],
                    producer,
                    Asker::Step(step)
                )
            );
        }
        Source::Input(input) if counters.inputs.contains(&input) => {
            let _ = writeln!(out, "{}", feed(s, input, &counters.rows(input), needed));
        }
        _ => {}
    };
    if stream.accumulates(step) {
        let taken = counters.taken(step);
        let [_, width, _] = node.input_maps[0];
        let units = stream.unit.count(node.input_maps[0]);
        let _ = writeln!(out, "    if ({taken} < {units}) {{");
        let by_rows = matches!(node.inputs[0], Source::Input(_)) && stream.unit == Unit::Pixel;
        let needed = if by_rows {
            format!("{taken} / {width} + 1")
        } else {
            format!("{taken} + 1")
        };
        let mut inner = String::new();
        ask(node.inputs[0], &needed, &mut inner);
        for line in inner.lines() {
            let _ = writeln!(out, "    {line}");
        }
        let name = symbol(&s.plan.steps[step]);
        let _ = writeln!(
            out,
            "        {name}_take(arena, done);\n        {taken}++;\n        goto step_{step};\n    }}"
        );
        return;
    }
    let asked = |source: &Source| match *source {
        Source::Step(producer) => s.steps().contains(&producer),
        Source::Input(input) => counters.inputs.contains(&input),
        Source::Constant => false,
    };
    let mut known = Vec::new();
    let mut text = String::new();
    for (number, &source) in node.inputs.iter().enumerate() {
        let same = (source, node.input_maps[number]);
        if !asked(&source) || known.contains(&same) {
            continue;
        }
        known.push(same);
        let by_rows = matches!(source, Source::Input(_));
        let needed = needed(s, stream.unit, step, number, by_rows);
        ask(source, &needed, &mut text);
    }
    let width = node.map[1];
    if mentions(&text, "y") {
        let place = if stream.unit == Unit::Pixel {
            format!("{done} / {width}")
        } else {
            done.clone()
        };
        let _ = writeln!(out, "    const int32_t y = {place};");
    }
    if mentions(&text, "x") {
        let place = if stream.unit == Unit::Pixel {
            format!("{done} % {width}")
        } else {
            done
        };
        let _ = writeln!(out, "    const int32_t x = {place};");
    }
    out.push_str(&text);
}

/// Units of an operand that must be there before the next unit of a step, as C in `y` and `x`; rows of an input.
fn needed(s: &Streamed<'_>, unit: Unit, step: usize, number: usize, by_rows: bool) -> String {
    let node = &s.flow.steps[step];
    let name = symbol(&s.plan.steps[step]);
    let axis = |axis: usize, letter| {
        Axis::new(
            node,
            number,
            axis,
            format!("{name}_{}_{letter}", operand(number)),
        )
    };
    let [rows, columns] = [axis(0, "y"), axis(1, "x")];
    let width = node.input_maps[number][1];
    let whole =
        |axis: usize| operand_interval(node, number, axis, Interval::new(0, node.map[axis]));
    match unit {
        Unit::Row if whole(1).is_empty() => "0".into(),
        Unit::Row => rows.end("y"),
        Unit::Column if whole(0).is_empty() => "0".into(),
        Unit::Column => columns.end("x"),
        Unit::Pixel => {
            let (y, x) = (rows.end("y"), columns.end("x"));
            let needed = if by_rows {
                y.clone()
            } else {
                format!("({y} - 1) * {width} + {x}")
            };
            match (rows.may_be_empty(), columns.may_be_empty()) {
                (false, false) => needed,
                (true, false) => format!("({y} == 0 ? 0 : {needed})"),
                (false, true) => format!("({x} == 0 ? 0 : {needed})"),
                (true, true) => format!("({y} == 0 || {x} == 0 ? 0 : {needed})"),
            }
        }
    }
}

/// Has the caller deliver rows of an input until there are as many as needed.
fn feed(s: &Streamed<'_>, input: usize, rows: &str, needed: &str) -> String {
    let [height, width, channels] = s.flow.inputs[input];
    let tensor = s.plan.graph.inputs[input];
    let operands = || {
        s.plan.steps[s.steps().clone()]
            .iter()
            .flat_map(|step| &step.inputs)
    };
    let (mut offset, mut places) = (0, height * width);
    if let Some(operand) = operands().find(|operand| operand.tensor == tensor) {
        offset = s.plan.offset_of(tensor).unwrap_or(0);
        if let Layout::Ring { pixels } = operand.layout {
            places = pixels;
        }
    }
    format!(
        "    while ({rows} < {needed}) {{\n        row(user, {input}, {rows}, ts_room((int8_t *)arena + {offset}, {}, {width}, {places}, {channels}));\n        {rows}++;\n    }}",
        times(rows, width)
    )
}

/// Runs a unit.
fn run(s: &Streamed<'_>, step: &Step, printed: &[Printed], done: &str, out: &mut String) {
    let name = symbol(step);
    let taking = printed
        .get(step.id.0 as usize)
        .is_some_and(|p| p.take.is_some());
    let call = match &s.segment.way {
        _ if taking => format!("{name}(arena);"),
        Way::HorizontalCache(_) => {
            format!(
                "{name}(arena, done, {name}_rows + {});",
                times("strip", step.inputs.len())
            )
        }
        _ => format!("{name}(arena, done);"),
    };
    let _ = writeln!(out, "    {call}\n    {done}++;");
}
