//! Design tokens and how they dress egui. Knows nothing of models or plans.

mod text;
pub mod tokens;

pub use text::{embolden, heading, mono, ui_font};
pub use tokens::{DARK, LIGHT, Tokens, size};

use egui::{
    Color32, Context, CornerRadius, FontDefinitions, FontFamily, FontId, Margin, Shadow, Stroke,
    Style, TextStyle, Theme, Visuals, vec2,
};

/// The tokens of the theme that `ui` is drawn in.
pub fn tokens(ui: &egui::Ui) -> &'static Tokens {
    if ui.visuals().dark_mode {
        &DARK
    } else {
        &LIGHT
    }
}

/// Dress a context in both themes.
pub fn install(ctx: &Context) {
    ctx.set_fonts(fonts());
    for theme in [Theme::Dark, Theme::Light] {
        ctx.set_style_of(theme, style(theme));
    }
}

/// egui's fonts; the sans has no arrows and few signs, so the mono stands in for those.
fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let mono = fonts
        .families
        .get(&FontFamily::Monospace)
        .cloned()
        .unwrap_or_default();
    let sans = fonts.families.entry(FontFamily::Proportional).or_default();
    for name in mono {
        if !sans.contains(&name) {
            sans.push(name);
        }
    }
    fonts
}

fn style(theme: Theme) -> Style {
    let mut style = Style {
        visuals: visuals(theme),
        ..Style::default()
    };
    let sans = |points| FontId::new(points, FontFamily::Proportional);
    style.text_styles = [
        (TextStyle::Small, sans(size::SMALL)),
        (TextStyle::Body, sans(size::BODY)),
        (TextStyle::Button, sans(size::BODY)),
        (TextStyle::Heading, sans(size::TITLE)),
        (
            TextStyle::Monospace,
            FontId::new(size::LABEL, FontFamily::Monospace),
        ),
    ]
    .into();
    style.spacing.item_spacing = vec2(size::GRID, size::GRID / 2.0);
    style.spacing.button_padding = vec2(12.0, 5.0);
    style.spacing.interact_size = vec2(32.0, size::ROW);
    style.spacing.menu_margin = Margin::same(8);
    style.spacing.scroll.floating = true;
    style.spacing.scroll.bar_width = 8.0;
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.4;
    style.animation_time = 0.1;
    style
}

fn visuals(theme: Theme) -> Visuals {
    let (mut v, t) = match theme {
        Theme::Dark => (Visuals::dark(), &DARK),
        Theme::Light => (Visuals::light(), &LIGHT),
    };
    v.panel_fill = t.panel;
    v.window_fill = t.panel;
    v.extreme_bg_color = t.ground;
    v.faint_bg_color = t.raised.gamma_multiply(0.4);
    v.code_bg_color = t.raised;
    v.text_edit_bg_color = Some(t.raised);
    v.weak_text_color = Some(t.text_soft);
    v.hyperlink_color = t.accent;
    v.error_fg_color = t.over;
    v.warn_fg_color = t.warn;
    v.window_stroke = Stroke::new(1.0, t.hairline);
    v.window_corner_radius = CornerRadius::same(6);
    v.menu_corner_radius = CornerRadius::same(6);
    v.selection.bg_fill = t.accent.gamma_multiply(0.3);
    v.selection.stroke = Stroke::new(1.0, t.accent);
    v.window_shadow = shadow(theme);
    v.popup_shadow = shadow(theme);
    let corner = CornerRadius::same(size::CORNER);
    for (widget, fill, stroke, text) in [
        (
            &mut v.widgets.noninteractive,
            t.panel,
            t.hairline,
            t.text_soft,
        ),
        (&mut v.widgets.inactive, t.raised, t.raised, t.text),
        (&mut v.widgets.hovered, t.raised, t.accent, t.text),
        (&mut v.widgets.active, t.hairline, t.accent, t.text),
        (&mut v.widgets.open, t.raised, t.accent, t.text),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::new(1.0, stroke);
        widget.fg_stroke = Stroke::new(1.0, text);
        widget.corner_radius = corner;
        widget.expansion = 0.0;
    }
    v
}

fn shadow(theme: Theme) -> Shadow {
    Shadow {
        offset: [0, 4],
        blur: 16,
        spread: 0,
        color: Color32::from_black_alpha(if theme == Theme::Dark { 110 } else { 40 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance after WCAG 2.
    fn luminance(c: Color32) -> f32 {
        let channel = |v: u8| {
            let v = f32::from(v) / 255.0;
            if v <= 0.040_45 {
                v / 12.92
            } else {
                ((v + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * channel(c.r()) + 0.7152 * channel(c.g()) + 0.0722 * channel(c.b())
    }

    fn contrast(a: Color32, b: Color32) -> f32 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_is_readable_on_every_surface() {
        for t in [DARK, LIGHT] {
            for surface in [t.ground, t.panel, t.raised] {
                for text in [t.text, t.text_soft, t.text_faint, t.over, t.warn, t.good] {
                    let ratio = contrast(text, surface);
                    assert!(ratio >= 4.5, "{text:?} on {surface:?}: {ratio:.2}");
                }
            }
            assert!(contrast(t.on_accent, t.accent) >= 4.5);
        }
    }

    #[test]
    fn neighbours_in_a_stack_differ_in_lightness() {
        for t in [DARK, LIGHT] {
            for [a, b] in [
                [t.input, t.output],
                [t.output, t.residual],
                [t.output, t.stage],
            ] {
                assert!(contrast(a, b) >= 1.25, "{a:?} beside {b:?}");
            }
        }
    }
}
