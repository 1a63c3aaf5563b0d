//! Names that look like a mistyped one.

/// `, for example A, B` with at most three names, or empty when nothing is near.
pub fn suggestion<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> String {
    let wanted = wanted.to_ascii_lowercase();
    if wanted.is_empty() {
        return String::new();
    }
    let mut ranked: Vec<(usize, &str)> = names
        .map(|name| (distance(&wanted, &name.to_ascii_lowercase()), name))
        .filter(|(distance, _)| *distance <= wanted.len() / 2)
        .collect();
    ranked.sort_unstable();
    let best: Vec<&str> = ranked.iter().take(3).map(|(_, name)| *name).collect();
    if best.is_empty() {
        String::new()
    } else {
        format!(", for example {}", best.join(", "))
    }
}

/// Edits that turn `wanted` into the beginning of `name`; what follows costs nothing, because users leave out the
/// package.
fn distance(wanted: &str, name: &str) -> usize {
    let name = name.as_bytes();
    let mut row: Vec<usize> = (0..=name.len()).collect();
    for (i, a) in wanted.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &b) in name.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.into_iter().min().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::{distance, suggestion};

    #[test]
    fn a_prefix_costs_nothing_and_each_edit_costs_one() {
        assert_eq!(distance("stm32f746", "stm32f746nghx"), 0);
        assert_eq!(distance("stm32f764", "stm32f746nghx"), 1);
        assert_eq!(distance("nrf52480", "nrf52840_xxaa"), 2);
        assert_eq!(distance("", "x"), 0);
    }

    #[test]
    fn nothing_near_gives_no_suggestion() {
        assert_eq!(suggestion("toaster", ["STM32F746NG"].into_iter()), "");
        assert_eq!(
            suggestion("STM32F746NGG", ["STM32F746NG", "nRF52840_xxAA"].into_iter()),
            ", for example STM32F746NG"
        );
    }
}
