//! The functions of steps that run in tiles with kept rows and columns.

use super::Streamed;
use super::pass::span;
use crate::codegen::CodegenError;
use crate::codegen::source::{describe, symbol};
use crate::codegen::step::{Printed, operand};
use crate::codegen::text::wrapped;
use crate::plan::{Layout, Step};
use crate::schedule::Tiles;
use std::fmt::Write;

/// Where the columns of a window begin in the map while a tile is computed.
fn base(tiles: &Tiles, column: usize, at: usize, columns: usize) -> usize {
    tiles.columns[column].fresh[at].end.saturating_sub(columns)
}

impl Streamed<'_> {
    /// The function of a step for one tile.
    pub(super) fn tile_function(
        &self,
        tiles: &Tiles,
        step: &Step,
        printed: &Printed,
    ) -> Result<String, CodegenError> {
        let node = self.node(step)?;
        let (name, id) = (symbol(step), step.id.0);
        let at = id as usize - self.steps().start;
        let inputs = node.inputs.len();
        let [_, width, channels] = node.map;
        let own = match step.output.layout {
            Layout::Columns { columns } => Some(columns),
            _ => None,
        };
        let kept_of = |number: usize| match step.inputs[number].layout {
            Layout::Columns { columns } => node.inputs[number]
                .step_in(self.steps())
                .map(|producer| (producer, columns)),
            _ => None,
        };
        let mut rows = Vec::new();
        for tile in &tiles.rows {
            for number in 0..inputs {
                let first = own.map_or(tile.fresh[at].start, |_| {
                    tile.fresh[at].start - tile.window[at].start
                });
                let held = kept_of(number).map_or(0, |(producer, _)| tile.window[producer].start);
                rows.push(span(step, node, number, 0, tile.fresh[at], first, held)?);
            }
        }
        let mut columns = Vec::new();
        for (index, tile) in tiles.columns.iter().enumerate() {
            for number in 0..inputs {
                let start = tile.fresh[at].start;
                let first = own.map_or(start, |columns| {
                    start.saturating_sub(base(tiles, index, at, columns))
                });
                let held = kept_of(number).map_or(0, |(producer, columns)| {
                    base(tiles, index, producer, columns)
                });
                columns.push(span(step, node, number, 1, tile.fresh[at], first, held)?);
            }
        }
        let mut out = describe(self.plan, step);
        for (what, spans) in [("rows", &rows), ("columns", &columns)] {
            let _ = writeln!(
                out,
                "static const ts_span {name}_{what}[{}] = {{\n{}\n}};",
                spans.len(),
                wrapped(spans)
            );
        }
        let (tables, before, after) = self.window(tiles, step, own, at, &printed.output)?;
        let _ = write!(
            out,
            "{tables}static void {name}(uint8_t *arena, int32_t row, int32_t column)\n{{\n{}    \
             const ts_span *const rows = {name}_rows + {};\n    const ts_span *const columns = {name}_columns + {};\n    \
             if (columns->out_count == 0) {{\n        return;\n    }}\n    STEP_BEGIN({id});\n{before}",
            printed.code.constants,
            super::times("row", inputs),
            super::times("column", inputs)
        );
        let _ = writeln!(
            out,
            "    if (rows->out_count == 0) {{\n        STEP_PART({id});\n        return;\n    }}"
        );
        let out_stride = own.unwrap_or(width);
        let mut made = Vec::new();
        for (number, place) in printed.inputs.iter().enumerate() {
            let [_, held, taps] = node.input_maps[number];
            let stride = kept_of(number).map_or(held, |(_, columns)| columns);
            let _ = writeln!(
                out,
                "    const int8_t *const {} = {place} + (rows[{number}].in * {stride} + columns[{number}].in) * {taps};",
                operand(number)
            );
            made.push(format!(
                "ts_tile_of(rows + {number}, columns + {number}, {}, {})",
                stride * taps,
                out_stride * channels
            ));
        }
        let _ = write!(
            out,
            "    int8_t *const out = {} + (rows->out * {out_stride} + columns->out) * {channels};\n    \
             const ts_tile tile[{inputs}] = {{\n        {},\n    }};\n    {}\n{after}    STEP_END({id}, out, tile, {channels});\n    (void)tile;\n}}\n",
            printed.output,
            made.join(",\n        "),
            printed.code.call
        );
        Ok(out)
    }

    /// What happens to a step's window before and after a pass: columns move on, rows come and go. Tables, then both.
    fn window(
        &self,
        tiles: &Tiles,
        step: &Step,
        own: Option<usize>,
        at: usize,
        memory: &str,
    ) -> Result<(String, String, String), CodegenError> {
        let Some(columns) = own else {
            return Ok(Default::default());
        };
        let node = self.node(step)?;
        let [_, width, channels] = node.map;
        let name = symbol(step);
        let (mut tables, mut before, mut after) = (String::new(), String::new(), String::new());
        let moves: Vec<usize> = (0..tiles.columns.len())
            .map(|column| {
                let tile = &tiles.columns[column];
                let kept = tile.window[at].start < tile.fresh[at].start;
                let by = |column| base(tiles, column, at, columns);
                match column.checked_sub(1) {
                    Some(last) if kept => by(column) - by(last),
                    _ => 0,
                }
            })
            .collect();
        let moved = moves.iter().any(|&by| by > 0);
        if moved || step.kept_rows.is_some() {
            let rows: Vec<String> = (tiles.rows.iter().enumerate())
                .map(|(row, tile)| {
                    let (window, fresh) = (tile.window[at], tile.fresh[at]);
                    let [stored, end] =
                        tiles.rows.get(row + 1).map_or([window.start; 2], |below| {
                            let start = below.window[at].start.max(fresh.start);
                            [start, below.fresh[at].start.min(fresh.end).max(start)]
                        });
                    format!(
                        "{{{}, {}, {}, {stored}, {}}}",
                        window.start,
                        window.len(),
                        fresh.start - window.start,
                        end - stored
                    )
                })
                .collect();
            let _ = writeln!(
                tables,
                "static const ts_window_rows {name}_window[{}] = {{\n{}\n}};",
                rows.len(),
                wrapped(&rows)
            );
            let _ = writeln!(
                before,
                "    const ts_window_rows *const kept = {name}_window + row;"
            );
        }
        if moved {
            let _ = writeln!(
                tables,
                "static const int16_t {name}_moves[{}] = {{\n{}\n}};",
                moves.len(),
                wrapped(&moves)
            );
            let _ = writeln!(
                before,
                "    const int32_t by = {name}_moves[column];\n    if (by > 0) {{\n        \
                 ts_move_down({memory}, by * {channels}, (kept->rows * {columns} - by) * {channels});\n    }}"
            );
        }
        if let Some(id) = step.kept_rows {
            let buffer = (self.plan.buffers.get(id.0 as usize)).ok_or_else(|| {
                crate::codegen::tile::inconsistent(step, "its kept rows do not exist")
            })?;
            let row = width * channels;
            let places = buffer.bytes.checked_div(row).unwrap_or(0).max(1);
            let stride = columns * channels;
            let carry = |row_in_window: &str, y: &str, count: &str, load: u8| {
                format!(
                    "    ts_carry({memory} + ({row_in_window} * {columns} + columns->out) * {channels}, {stride}, (int8_t *)arena + {} + {fresh} * {channels}, {row}, {places},\n             {y}, {count}, columns->out_count * {channels}, {load});\n",
                    buffer.offset,
                    fresh = format_args!("{name}_fresh[column]"),
                )
            };
            let fresh: Vec<usize> = tiles
                .columns
                .iter()
                .map(|tile| tile.fresh[at].start)
                .collect();
            let _ = writeln!(
                tables,
                "static const int16_t {name}_fresh[{}] = {{\n{}\n}};",
                fresh.len(),
                wrapped(&fresh)
            );
            before.push_str(&carry("0", "kept->first", "kept->loaded", 1));
            after.push_str(&carry(
                "(kept->stored - kept->first)",
                "kept->stored",
                "kept->stored_count",
                0,
            ));
        }
        Ok((tables, before, after))
    }
}
