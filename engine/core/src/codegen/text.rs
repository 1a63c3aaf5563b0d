//! C text: lists of numbers, wrapped.

/// Columns that a line of numbers may take.
const WIDTH: usize = 116;

/// Numbers separated by commas, wrapped and indented by four.
pub(super) fn wrapped<T: ToString>(numbers: impl IntoIterator<Item = T>) -> String {
    let mut out = String::new();
    let mut column = 0;
    for number in numbers {
        let text = number.to_string();
        if column == 0 || column + text.len() + 2 > WIDTH {
            out.push_str(if column == 0 { "    " } else { "\n    " });
            column = 4;
        } else {
            out.push(' ');
            column += 1;
        }
        out.push_str(&text);
        out.push(',');
        column += text.len() + 1;
    }
    out
}

/// A 32-bit number as a C constant of type `int32_t`.
pub(super) fn int32(value: i32) -> String {
    if value == i32::MIN {
        "(-2147483647 - 1)".into()
    } else {
        value.to_string()
    }
}

/// Declaration and definition of a constant array of codes, aligned to words.
pub(super) fn code_array(name: &str, codes: &[i8]) -> [String; 2] {
    let declaration = format!("const int8_t {name}[{}]", codes.len().max(1));
    let definition = format!(
        "TINYSCOPE_WEIGHTS TS_ALIGNED {declaration} = {{\n{}\n}};\n",
        wrapped(codes)
    );
    [declaration, definition]
}

/// Declaration and definition of a constant array of 16-bit numbers.
pub(super) fn half_array(name: &str, numbers: &[i16]) -> [String; 2] {
    let declaration = format!("const int16_t {name}[{}]", numbers.len().max(1));
    let definition = format!(
        "TINYSCOPE_WEIGHTS {declaration} = {{\n{}\n}};\n",
        wrapped(numbers)
    );
    [declaration, definition]
}

/// Declaration and definition of a `ts_channel` array.
pub(super) fn channel_array(name: &str, rows: &[String]) -> [String; 2] {
    let declaration = format!("const ts_channel {name}[{}]", rows.len());
    let definition = format!(
        "TINYSCOPE_WEIGHTS {declaration} = {{\n{}\n}};\n",
        wrapped(rows)
    );
    [declaration, definition]
}

/// Declaration and definition of a constant array of words.
pub(super) fn word_array(name: &str, words: &[u32]) -> [String; 2] {
    let declaration = format!("const uint32_t {name}[{}]", words.len().max(1));
    let definition = format!(
        "TINYSCOPE_WEIGHTS {declaration} = {{\n{}\n}};\n",
        wrapped(words.iter().map(|word| format!("0x{word:08x}u")))
    );
    [declaration, definition]
}
