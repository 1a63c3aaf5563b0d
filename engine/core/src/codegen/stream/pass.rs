//! The functions of steps that compute a row, a pixel or a column at a time.

use super::axis::Axis;
use super::take::Take;
use super::{Streamed, mentions, times, times_sum};
use crate::codegen::CodegenError;
use crate::codegen::source::{describe, symbol};
use crate::codegen::step::{Printed, operand};
use crate::codegen::tile::inconsistent;
use crate::graph::{Interval, Region};
use crate::plan::{Layout, Step};
use crate::schedule::region::operand_region;
use crate::schedule::stream::Unit;
use crate::schedule::{Node, Source, Strips};
use std::fmt::Write;

/// C expressions of what a pass reads of an operand, and of where that lies.
struct Read {
    /// Bytes from the start of the operand's memory to the first pixel read.
    offset: String,
    /// Bytes from row to row.
    stride: usize,
    size: [String; 2],
    origin: [String; 2],
}

impl Streamed<'_> {
    /// The function of a step that computes a row or a pixel at a time.
    pub(super) fn unit_function(
        &self,
        unit: Unit,
        step: &Step,
        printed: &Printed,
    ) -> Result<String, CodegenError> {
        if let Some(take) = &printed.take {
            return self.taking_function(unit, step, printed, take);
        }
        let node = self.node(step)?;
        let (name, id) = (symbol(step), step.id.0);
        let done = self.counters().done(id as usize);
        let mut out = describe(self.plan, step);
        let mut body = String::new();
        let mut reads = Vec::new();
        for number in 0..node.inputs.len() {
            let axes = axes(node, number, &name);
            out.push_str(&axes[0].table());
            if unit == Unit::Pixel {
                out.push_str(&axes[1].table());
            }
            reads.push(self.unit_read(unit, step, node, number, &axes, &mut body));
        }
        let [_, width, channels] = node.map;
        let (fresh, columns) = match unit {
            Unit::Row => (width, width),
            _ => (1, 1),
        };
        let there = times(&done, fresh);
        let total = node.map[0] * width;
        let place_of_output = match step.output.layout {
            Layout::Ring { pixels } if pixels == fresh => printed.output.clone(),
            Layout::Ring { pixels } if pixels < total => format!(
                "ts_room({}, {there}, {fresh}, {pixels}, {channels})",
                printed.output
            ),
            _ => format!("{} + {}", printed.output, times(&there, channels)),
        };
        let tail = tail(
            step,
            printed,
            &reads,
            &place_of_output,
            width * channels,
            ["1", &columns.to_string()],
            channels,
        );
        let width = width.max(1);
        let [y, x] = match unit {
            Unit::Row => [done.clone(), String::new()],
            _ => [format!("{done} / {width}"), format!("{done} % {width}")],
        };
        let mut places = String::new();
        for (place, value) in [("y", y), ("x", x)] {
            if mentions(&body, place) || mentions(&tail, place) {
                let _ = writeln!(places, "    const int32_t {place} = {value};");
            }
        }
        let _ = write!(
            out,
            "static void {name}(uint8_t *arena, const int32_t *done)\n{{\n{}    STEP_BEGIN({id});\n{places}{body}{tail}    (void)done;\n}}\n",
            printed.code.constants
        );
        Ok(out)
    }

    fn unit_read(
        &self,
        unit: Unit,
        step: &Step,
        node: &Node,
        number: usize,
        axes: &[Axis; 2],
        body: &mut String,
    ) -> Read {
        let [height, width, channels] = node.input_maps[number];
        let prefix = operand(number);
        let rows = along(&axes[0], "y", &format!("{prefix}_y"), body);
        let columns = if unit == Unit::Row {
            let x = operand_region(node, number, Region::whole(node.map[0], node.map[1])).x;
            let origin = axes[1].origin_of(0, x.start);
            [x.start.to_string(), x.len().to_string(), origin.to_string()]
        } else {
            along(&axes[1], "x", &format!("{prefix}_x"), body)
        };
        let [[y, h, oy], [x, w, ox]] = [rows, columns];
        let mut place = if y == "0" {
            x.clone()
        } else if x == "0" {
            times_sum(&y, width)
        } else {
            format!("{} + {x}", times_sum(&y, width))
        };
        let source = node.inputs[number];
        let there = self.counters().there(source, unit, width);
        if let (Layout::Ring { pixels }, Some(there)) = (step.inputs[number].layout, there)
            && pixels < height * width
        {
            place = format!("{place} - ts_first({there}, {pixels})");
        }
        Read {
            offset: times_sum(&place, channels),
            stride: width * channels,
            size: [h, w],
            origin: [oy, ox],
        }
    }

    /// The functions of a step that takes its input as it comes: one for a part of it, one for the output.
    fn taking_function(
        &self,
        unit: Unit,
        step: &Step,
        printed: &Printed,
        take: &Take,
    ) -> Result<String, CodegenError> {
        let node = self.node(step)?;
        let (name, id) = (symbol(step), step.id.0);
        let [height, width, channels] = node.input_maps[0];
        let counters = self.counters();
        let taken = counters.taken(id as usize);
        let pixels = if unit == Unit::Row { width } else { 1 };
        let there = counters.there(node.inputs[0], unit, width);
        let mut place = times(&taken, pixels);
        if let (Layout::Ring { pixels }, Some(there)) = (step.inputs[0].layout, there)
            && pixels < height * width
        {
            place = format!("{place} - ts_first({there}, {pixels})");
        }
        let mut out = describe(self.plan, step);
        let call = take
            .call
            .replace("@FIRST@", &times(&taken, pixels * channels))
            .replace("@PIXELS@", &pixels.to_string())
            .replace("@COUNT@", &(pixels * channels).to_string());
        let _ = write!(
            out,
            "{}static void {name}_take(uint8_t *arena, const int32_t *done)\n{{\n    STEP_BEGIN({id});\n    \
             const int8_t *const in = {} + {};\n    {call}\n    STEP_PART({id});\n}}\n\n",
            take.constants,
            printed.inputs[0],
            times_sum(&place, channels)
        );
        let outputs = node.map[2];
        let _ = write!(
            out,
            "static void {name}(uint8_t *arena)\n{{\n    STEP_BEGIN({id});\n    int8_t *const out = {};\n    {}\n    \
             STEP_END_ONE({id}, out, {outputs});\n}}\n",
            printed.output, printed.code.call
        );
        Ok(out)
    }

    /// The function of a step that computes a column of a strip at a time.
    pub(super) fn column_function(
        &self,
        strips: &Strips,
        step: &Step,
        printed: &Printed,
    ) -> Result<String, CodegenError> {
        let node = self.node(step)?;
        let (name, id) = (symbol(step), step.id.0);
        let start = self.steps().start;
        let at = id as usize - start;
        let counters = self.counters();
        let inputs = node.inputs.len();
        let mut out = describe(self.plan, step);
        let mut body = String::new();
        let (mut spans, mut reads) = (Vec::new(), Vec::new());
        let axes: Vec<[Axis; 2]> = (0..inputs)
            .map(|number| axes(node, number, &name))
            .collect();
        for strip in &strips.strips {
            let output = strip.outputs[at];
            for number in 0..inputs {
                let held = node.inputs[number]
                    .step_in(self.steps())
                    .map(|at| strip.outputs[at]);
                let first = match step.output.layout {
                    Layout::Map => output.start,
                    _ => 0,
                };
                spans.push(span(
                    step,
                    node,
                    number,
                    0,
                    output,
                    first,
                    held.map_or(0, |held| held.start),
                )?);
            }
        }
        for (number, axes) in axes.iter().enumerate() {
            out.push_str(&axes[1].table());
            let [_, width, channels] = node.input_maps[number];
            let prefix = operand(number);
            let [mut x, w, ox] = along(&axes[1], "x", &format!("{prefix}_x"), &mut body);
            let mut stride = width;
            if let Layout::Columns { columns } = step.inputs[number].layout {
                stride = columns;
                let there = counters.there(node.inputs[number], Unit::Column, width);
                if let Some(there) = there.filter(|_| columns < width) {
                    x = format!("{x} - ts_first({there}, {columns})");
                }
            }
            reads.push(Read {
                offset: times_sum(
                    &format!("{} + {x}", times(&format!("rows[{number}].in"), stride)),
                    channels,
                ),
                stride: stride * channels,
                size: [format!("rows[{number}].in_count"), w],
                origin: [format!("rows[{number}].start"), ox],
            });
        }
        let [_, width, channels] = node.map;
        let (place_of_output, stride) = match step.output.layout {
            Layout::Columns { columns } if columns < width => (
                format!(
                    "ts_room_column({}, rows->out_count, x, {columns}, {channels})",
                    printed.output
                ),
                columns,
            ),
            Layout::Columns { columns } => (
                format!("{} + {}", printed.output, times("x", channels)),
                columns,
            ),
            _ => (
                format!(
                    "{} + {}",
                    printed.output,
                    times_sum(&format!("{} + x", times("rows->out", width)), channels)
                ),
                width,
            ),
        };
        let tail = tail(
            step,
            printed,
            &reads,
            &place_of_output,
            stride * channels,
            ["rows->out_count", "1"],
            channels,
        );
        let column = if mentions(&body, "x") || mentions(&tail, "x") {
            format!("    const int32_t x = {};\n", counters.done(id as usize))
        } else {
            String::new()
        };
        let _ = write!(
            out,
            "static const ts_span {name}_rows[{}] = {{\n{}\n}};\n\
             static void {name}(uint8_t *arena, const int32_t *done, const ts_span *rows)\n{{\n    if (rows->out_count == 0) {{\n        return;\n    }}\n\
             {}    STEP_BEGIN({id});\n{column}{body}{tail}    (void)done;\n}}\n",
            spans.len(),
            crate::codegen::text::wrapped(&spans),
            printed.code.constants
        );
        Ok(out)
    }

    pub(super) fn node(&self, step: &Step) -> Result<&Node, CodegenError> {
        let node = self.flow.steps.get(step.id.0 as usize);
        node.filter(|node| node.inputs.len() == step.inputs.len())
            .ok_or_else(|| inconsistent(step, "it does not read what its operator does"))
    }
}

/// Both axes of an operand.
fn axes(node: &Node, number: usize, symbol: &str) -> [Axis; 2] {
    let name = |axis| format!("{symbol}_{}_{axis}", operand(number));
    [
        Axis::new(node, number, 0, name("y")),
        Axis::new(node, number, 1, name("x")),
    ]
}

/// First place, number of places and origin along an axis, as C; variables for those that are long.
fn along(axis: &Axis, place: &str, name: &str, body: &mut String) -> [String; 3] {
    let mut start = axis.start(place);
    if start != "0" && start != place {
        let _ = writeln!(body, "    const int32_t {name} = {start};");
        name.clone_into(&mut start);
    }
    let end = axis.end(place);
    let count = match (end.parse::<isize>(), start.as_str()) {
        (Ok(_), "0") => end,
        _ if end == format!("{start} + 1") => "1".into(),
        _ if start == "0" => end,
        _ => format!("{end} - {start}"),
    };
    let origin = axis.origin(place, &start);
    [start, count, origin]
}

/// What a pass computes and reads along an axis, as the initialiser of a `ts_span`. `first` is the place of the output's
/// memory that it begins at, `held` the place of the operand's map that its memory begins with.
pub(super) fn span(
    step: &Step,
    node: &Node,
    number: usize,
    axis: usize,
    output: Interval,
    first: usize,
    held: usize,
) -> Result<String, CodegenError> {
    let read = crate::schedule::region::operand_interval(node, number, axis, output);
    let held = if matches!(node.inputs[number], Source::Constant) {
        0
    } else {
        held
    };
    let (start, count) = if read.is_empty() {
        (held, 0)
    } else {
        (read.start, read.len())
    };
    let inside = start
        .checked_sub(held)
        .ok_or_else(|| inconsistent(step, "it reads what is not kept"))?;
    let origin = node.window.as_ref().map_or(0, |w| {
        let before = [w.padding.top, w.padding.left][axis];
        (output.start * w.stride[axis]) as isize - before as isize - start as isize
    });
    let small = [first, output.len(), inside, count]
        .into_iter()
        .all(|n| i16::try_from(n).is_ok());
    if !small || i16::try_from(origin).is_err() {
        return Err(inconsistent(
            step,
            "a map has more than 32,767 rows or columns",
        ));
    }
    Ok(format!(
        "{{{first}, {}, {inside}, {count}, {origin}}}",
        output.len()
    ))
}

/// The rest of a pass: where things lie, the tiles, the kernel.
fn tail(
    step: &Step,
    printed: &Printed,
    reads: &[Read],
    output: &str,
    out_stride: usize,
    [out_h, out_w]: [&str; 2],
    channels: usize,
) -> String {
    let mut out = String::new();
    for (number, (base, read)) in printed.inputs.iter().zip(reads).enumerate() {
        let _ = writeln!(
            out,
            "    const int8_t *const {} = {base} + {};",
            operand(number),
            read.offset
        );
    }
    let _ = writeln!(out, "    int8_t *const out = {output};");
    let half = |text: &str| match text.parse::<i16>() {
        Ok(_) => text.to_owned(),
        Err(_) => format!("(int16_t)({text})"),
    };
    let tiles: Vec<String> = (reads.iter())
        .map(|read| {
            format!(
                "{{0, {}, {out_stride}, {}, {}, {}, {}, {}, {}}}",
                read.stride,
                half(&read.size[0]),
                half(&read.size[1]),
                half(out_h),
                half(out_w),
                half(&read.origin[0]),
                half(&read.origin[1])
            )
        })
        .collect();
    let id = step.id.0;
    let _ = writeln!(
        out,
        "    const ts_tile tile[{}] = {{\n        {},\n    }};\n    {}\n    STEP_END({id}, out, tile, {channels});\n    (void)tile;",
        tiles.len(),
        tiles.join(",\n        "),
        printed.code.call
    );
    out
}
