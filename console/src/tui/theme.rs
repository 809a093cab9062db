//! What a part of the screen means, and the look each theme gives it. State is never colour alone.

use ratatui::style::{Color, Modifier, Style};

/// What something on the screen is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Ordinary text.
    Text,
    /// Less important, or old.
    Dim,
    /// Borders.
    Line,
    /// Titles and column heads.
    Title,
    /// The tab or field in use.
    Active,
    /// The row under the cursor.
    Cursor,
    /// A mark.
    Mark,
    /// Well.
    Good,
    /// Degraded, stalled, quiet.
    Warn,
    /// Away, failed.
    Bad,
    /// Locked.
    Locked,
    /// Revoked, denied.
    Ended,
    /// On its way.
    Pending,
    /// Bytes towards the target.
    Up,
    /// Bytes from the target.
    Down,
    /// A key to press.
    Key,
    /// The name of the context.
    Context,
}

impl Role {
    /// Every role, for tests and the style plane of snapshots.
    pub const ALL: &'static [(Self, char)] = &[
        (Self::Text, '.'),
        (Self::Dim, 'd'),
        (Self::Line, 'l'),
        (Self::Title, 't'),
        (Self::Active, 'A'),
        (Self::Cursor, 'C'),
        (Self::Mark, 'm'),
        (Self::Good, 'g'),
        (Self::Warn, 'w'),
        (Self::Bad, 'b'),
        (Self::Locked, 'L'),
        (Self::Ended, 'E'),
        (Self::Pending, 'p'),
        (Self::Up, 'u'),
        (Self::Down, 'v'),
        (Self::Key, 'k'),
        (Self::Context, 'x'),
    ];
}

/// A look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// The terminal's own sixteen colours and background.
    #[default]
    Terminal,
    /// No colours at all.
    Mono,
    /// Fixed colours on dark.
    Dark,
    /// Fixed colours on light.
    Light,
    /// Few, strong colours on black.
    Contrast,
    /// Blue, orange and shapes instead of green and red.
    Colorblind,
}

impl Theme {
    /// Every theme and its name.
    pub const ALL: &'static [(Self, &'static str)] = &[
        (Self::Terminal, "terminal"),
        (Self::Mono, "mono"),
        (Self::Dark, "dark"),
        (Self::Light, "light"),
        (Self::Contrast, "contrast"),
        (Self::Colorblind, "colorblind"),
    ];

    /// The theme of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, n)| *n == name).map(|(theme, _)| *theme)
    }

    /// How it shows `role`.
    pub fn style(self, role: Role) -> Style {
        let style = modifiers(role);
        match self {
            Self::Mono => style,
            Self::Terminal => terminal(role).map_or(style, |fg| style.fg(fg)),
            fixed => {
                let palette = fixed.palette();
                style.fg(palette.of(role)).bg(palette.back)
            }
        }
    }

    /// What is behind everything.
    pub fn base(self) -> Style {
        match self {
            Self::Mono | Self::Terminal => Style::new(),
            fixed => Style::new().fg(fixed.palette().text).bg(fixed.palette().back),
        }
    }

    const fn palette(self) -> Palette {
        match self {
            Self::Light => LIGHT,
            Self::Contrast => CONTRAST,
            Self::Colorblind => COLORBLIND,
            Self::Dark | Self::Terminal | Self::Mono => DARK,
        }
    }
}

const fn modifiers(role: Role) -> Style {
    let style = Style::new();
    match role {
        Role::Text | Role::Good | Role::Up | Role::Down | Role::Pending => style,
        Role::Dim | Role::Line => style.add_modifier(Modifier::DIM),
        Role::Title | Role::Bad | Role::Mark | Role::Context | Role::Key => {
            style.add_modifier(Modifier::BOLD)
        }
        Role::Warn | Role::Locked => style.add_modifier(Modifier::UNDERLINED),
        Role::Active | Role::Cursor => style.add_modifier(Modifier::REVERSED),
        Role::Ended => style.add_modifier(Modifier::BOLD).add_modifier(Modifier::UNDERLINED),
    }
}

const fn terminal(role: Role) -> Option<Color> {
    Some(match role {
        Role::Good => Color::Green,
        Role::Warn => Color::Yellow,
        Role::Bad | Role::Ended => Color::Red,
        Role::Locked => Color::Magenta,
        Role::Pending | Role::Mark | Role::Down | Role::Context => Color::Cyan,
        Role::Up => Color::Blue,
        Role::Text
        | Role::Dim
        | Role::Line
        | Role::Title
        | Role::Active
        | Role::Cursor
        | Role::Key => return None,
    })
}

struct Palette {
    back: Color,
    text: Color,
    dim: Color,
    good: Color,
    warn: Color,
    bad: Color,
    locked: Color,
    cool: Color,
    up: Color,
}

impl Palette {
    const fn of(&self, role: Role) -> Color {
        match role {
            Role::Text | Role::Title | Role::Active | Role::Cursor | Role::Key => self.text,
            Role::Dim | Role::Line => self.dim,
            Role::Good => self.good,
            Role::Warn => self.warn,
            Role::Bad | Role::Ended => self.bad,
            Role::Locked => self.locked,
            Role::Mark | Role::Pending | Role::Down | Role::Context => self.cool,
            Role::Up => self.up,
        }
    }
}

const fn rgb(hex: u32) -> Color {
    let [_, r, g, b] = hex.to_be_bytes();
    Color::Rgb(r, g, b)
}

const DARK: Palette = Palette {
    back: rgb(0x001a_1b26),
    text: rgb(0x00d5_d9e8),
    dim: rgb(0x0090_98b8),
    good: rgb(0x009e_ce6a),
    warn: rgb(0x00e0_af68),
    bad: rgb(0x00ff_8095),
    locked: rgb(0x00c8_a8ff),
    cool: rgb(0x007d_cfff),
    up: rgb(0x008f_b0ff),
};
const LIGHT: Palette = Palette {
    back: rgb(0x00fa_fafa),
    text: rgb(0x0020_2430),
    dim: rgb(0x0060_6470),
    good: rgb(0x0020_6b20),
    warn: rgb(0x0080_5500),
    bad: rgb(0x00b0_1020),
    locked: rgb(0x0080_2090),
    cool: rgb(0x0000_6080),
    up: rgb(0x0020_40c0),
};
const CONTRAST: Palette = Palette {
    back: rgb(0x0000_0000),
    text: rgb(0x00ff_ffff),
    dim: rgb(0x00c0_c0c0),
    good: rgb(0x0000_ff00),
    warn: rgb(0x00ff_ff00),
    bad: rgb(0x00ff_8080),
    locked: rgb(0x00ff_a0ff),
    cool: rgb(0x0000_ffff),
    up: rgb(0x00a0_c0ff),
};
const COLORBLIND: Palette = Palette {
    back: rgb(0x0016_1616),
    text: rgb(0x00e8_e8e8),
    dim: rgb(0x00a0_a0a0),
    good: rgb(0x0056_b4e9),
    warn: rgb(0x00f0_e442),
    bad: rgb(0x00ee_8a3a),
    locked: rgb(0x00dd_90bb),
    cool: rgb(0x0099_d0ff),
    up: rgb(0x00c0_c0ff),
};

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(color: Color) -> f64 {
        let Color::Rgb(r, g, b) = color else { return 0.0 };
        let [r, g, b] = [r, g, b].map(|c| {
            let c = f64::from(c) / 255.0;
            if c <= 0.03928 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    #[test]
    fn fixed_colours_have_enough_contrast() {
        for (theme, name) in &Theme::ALL[2..] {
            for (role, _) in Role::ALL {
                let style = theme.style(*role);
                let (Some(fg), Some(bg)) = (style.fg, style.bg) else { panic!("{name} {role:?}") };
                let (a, b) = (luminance(fg), luminance(bg));
                let ratio = (a.max(b) + 0.05) / (a.min(b) + 0.05);
                assert!(ratio >= 4.5, "{name} {role:?}: {ratio:.2}");
            }
        }
    }

    #[test]
    fn mono_has_no_colour() {
        for (role, _) in Role::ALL {
            let style = Theme::Mono.style(*role);
            assert_eq!((style.fg, style.bg), (None, None));
        }
    }
}
