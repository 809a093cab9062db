//! What the screens look like: text and style planes, by size, state and theme. Review a changed
//! snapshot against the mock-ups before accepting it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod stage;

use console::tui::data::batch::Batch;
use console::tui::data::link::{Link, LinkNews};
use console::tui::glyph::Glyphs;
use console::tui::msg::{Answer, Msg};
use console::tui::theme::Theme;
use ratatui::style::Color;
use stage::{Stage, connected, full, outcome};
use wire::SafeText;
use wire::message::operator::Push;
use wire::message::view::NodeState;

const SIZES: [(u16, u16); 3] = [(120, 35), (80, 24), (40, 9)];

/// One snapshot per size of what `prepare` leads to.
fn snapshots(name: &str, sizes: &[(u16, u16)], prepare: impl Fn(&mut Stage)) {
    for (width, height) in sizes {
        let mut stage = Stage::new(*width, *height);
        prepare(&mut stage);
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), stage.planes());
    }
}

fn live(stage: &mut Stage) {
    stage.go_live();
    stage.press("g g j j j");
    stage.wait(3000);
}

fn tunnels(stage: &mut Stage) {
    stage.go_live();
    stage.press("2 g g j j");
    stage.wait(3000);
}

#[test]
fn fleet_live() {
    snapshots("fleet_live", &SIZES, live);
}

#[test]
fn tunnels_live() {
    snapshots("tunnels_live", &SIZES, tunnels);
}

#[test]
fn sizes_between() {
    snapshots("fleet_live", &[(160, 45), (100, 30), (60, 16), (39, 5)], live);
    snapshots("tunnels_live", &[(160, 45), (100, 30), (60, 16)], tunnels);
}

#[test]
fn quiet() {
    snapshots("fleet_quiet", &SIZES[1..2], |stage| {
        live(stage);
        stage.send(Msg::Link(LinkNews::Quiet { for_ms: 25_000 }));
    });
}

#[test]
fn offline() {
    let prepare = |stage: &mut Stage, screen: fn(&mut Stage)| {
        screen(stage);
        stage.offline();
        stage.wait(134_000);
        stage.offline();
    };
    snapshots("fleet_offline", &SIZES, |stage| prepare(stage, live));
    snapshots("tunnels_offline", &SIZES[1..2], |stage| prepare(stage, tunnels));
}

#[test]
fn first_run_without_nodes() {
    let prepare = |stage: &mut Stage| {
        stage.send(Msg::Link(connected()));
        let at = stage.now.wall;
        stage.send(Msg::Data(Box::new(full(vec![], vec![], at))));
    };
    snapshots("fleet_empty", &SIZES, prepare);
    snapshots("tunnels_empty", &SIZES[1..2], |stage| {
        prepare(stage);
        stage.press("2");
    });
}

#[test]
fn nothing_known_yet() {
    let mut stage = Stage::with(80, 24, stage::not_set_up(), Theme::Terminal, Glyphs::Unicode);
    insta::assert_snapshot!("fleet_not_set_up_80x24", stage.planes());
    stage = Stage::new(80, 24);
    insta::assert_snapshot!("fleet_starting_80x24", stage.planes());
    stage.offline();
    insta::assert_snapshot!("fleet_never_reached_80x24", stage.planes());
    stage = Stage::new(80, 24);
    stage.send(Msg::Link(connected()));
    let mut part = Batch::default();
    part.restart();
    let (at, changed) = (stage.now.wall, stage::fleet());
    part.push(Push::Nodes {
        revision: wire::Revision(1),
        at,
        changed,
        gone: vec![],
        complete: false,
    });
    stage.send(Msg::Data(Box::new(part)));
    insta::assert_snapshot!("fleet_syncing_80x24", stage.planes());
}

#[test]
fn nothing_matches() {
    snapshots("fleet_nothing_matches", &SIZES[1..2], |stage| {
        live(stage);
        stage.press("/");
        stage.type_in("site:oslo");
    });
    snapshots("tunnels_nothing_matches", &SIZES[1..2], |stage| {
        tunnels(stage);
        stage.press("/");
        stage.type_in("who:nobody");
        stage.press("enter");
    });
}

#[test]
fn dialogs() {
    let sizes = &SIZES[..2];
    snapshots("revoke", sizes, |stage| {
        live(stage);
        let effects = stage.press("R");
        stage.wait(200);
        stage.reply(&effects, outcome(&[("ci-bot", 2), ("jon", 1), ("mira", 1)]));
        stage.press("tab");
        stage.type_in("INC-4411 key leaked");
    });
    snapshots("close", sizes, |stage| {
        tunnels(stage);
        let effects = stage.press("C");
        stage.wait(200);
        stage.reply(&effects, outcome(&[("mira", 1)]));
    });
    snapshots("open_tunnel", sizes, |stage| {
        tunnels(stage);
        stage.press("t backtab ctrl-u");
        stage.type_in("ber");
    });
    snapshots("help", sizes, |stage| {
        live(stage);
        stage.press("?");
    });
    snapshots("actions", sizes, |stage| {
        live(stage);
        stage.press("x");
    });
    snapshots("actions_offline", &sizes[1..], |stage| {
        live(stage);
        stage.offline();
        stage.press("x");
    });
}

#[test]
fn my_forwards() {
    let prepare = |stage: &mut Stage| {
        tunnels(stage);
        for _ in 0..2 {
            stage.press("t");
            let effects = stage.press("f2");
            let Some(console::tui::effect::Effect::OpenForward { job, .. }) = effects.first()
            else {
                panic!()
            };
            let address = std::net::SocketAddr::from(([127, 0, 0, 1], 15432)).into();
            stage.send(Msg::Done { job: *job, answer: Answer::Listening(address) });
        }
        let forward = stage.app.data.forwards.all().next().unwrap().0;
        let event = link::forward::Event::Lost {
            reason: "gw-ber-014 is offline".to_owned(),
            hold: Some(std::time::Duration::from_secs(10)),
        };
        stage.send(Msg::Forward { forward, event });
    };
    snapshots("tunnels_forwards", &SIZES[..2], prepare);
    snapshots("tunnels_forwards_pane", &SIZES[1..2], |stage| {
        prepare(stage);
        stage.press("tab");
    });
}

/// Names are strict, but labels, versions, addresses and reasons come from anywhere.
fn hostile(stage: &mut Stage) {
    let mut nodes = stage::fleet();
    let nasty = [
        "\u{1b}]0;owned\u{7}\u{1b}[2J",
        "\u{202e}gnp.exe\u{2066}",
        &"x".repeat(10_000),
        "e\u{301}\u{301}\u{301}\u{301}",
        "日本語のホスト名",
        "",
        "👩‍👩‍👧‍👦🏳️‍🌈",
        "\r\nfake row",
    ];
    for (node, text) in nodes.iter_mut().zip(nasty) {
        node.version = Some(SafeText::clean(text));
        node.exit_ip = Some(SafeText::clean(text));
        node.owner = Some(SafeText::clean(text));
        node.reasons.iter_mut().for_each(|r| r.code = SafeText::clean(text));
    }
    let mut streams = stage::streams(0, stage.now.wall);
    for (tunnel, text) in streams.iter_mut().zip(nasty) {
        tunnel.who.source_ip = Some(SafeText::clean(text));
        tunnel.note = Some(SafeText::clean(text));
        tunnel.target.host = text.to_owned();
    }
    stage.send(Msg::Link(connected()));
    let at = stage.now.wall;
    stage.send(Msg::Data(Box::new(full(nodes, streams, at))));
    stage.press("d");
}

#[test]
fn hostile_text_is_shown_harmless_and_columns_stay_aligned() {
    snapshots("fleet_hostile", &SIZES[..2], hostile);
    for (width, height) in SIZES {
        for screen in ["1", "2"] {
            let mut stage = Stage::new(width, height);
            hostile(&mut stage);
            stage.press(screen);
            let buf = stage.buffer();
            for cell in &buf.content {
                assert!(!cell.symbol().chars().any(char::is_control), "{:?}", cell.symbol());
                assert!(!cell.symbol().contains(['\u{202e}', '\u{2066}', '\u{200d}']));
                assert!(
                    cell.symbol().len() <= 16,
                    "one cell carries {} bytes",
                    cell.symbol().len()
                );
            }
            if width >= 80 {
                for (y, row) in buf.content.chunks(usize::from(width)).enumerate().skip(9).take(8) {
                    let last = row.last().unwrap().symbol();
                    assert!(matches!(last, "│" | "╮" | "╯" | "┤"), "row {y} ends in {last:?}");
                }
            }
        }
    }
}

#[test]
fn mono_has_no_colour_and_ascii_has_only_ascii() {
    for (screen, keys) in [("fleet", "1"), ("tunnels", "2")] {
        let mut stage = Stage::with(80, 24, Link::default(), Theme::Mono, Glyphs::Ascii);
        stage.go_live();
        stage.press(keys);
        let buf = stage.buffer();
        for cell in &buf.content {
            assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset));
            assert!(cell.symbol().is_ascii(), "{:?}", cell.symbol());
        }
        insta::assert_snapshot!(format!("{screen}_mono_ascii_80x24"), stage.planes());
    }
}

#[test]
fn every_theme_draws_and_states_differ_without_colour() {
    for (theme, _) in Theme::ALL {
        Stage::with(80, 24, Link::default(), *theme, Glyphs::Unicode).go_live();
    }
    for glyphs in [Glyphs::Unicode, Glyphs::Ascii] {
        let signs: std::collections::BTreeSet<&str> = [
            NodeState::Online,
            NodeState::Degraded,
            NodeState::Offline,
            NodeState::Locked,
            NodeState::Revoked,
        ]
        .map(|state| glyphs.node(state))
        .into();
        assert_eq!(signs.len(), 5, "state is told by its sign alone");
    }
}

/// For screen readers: words instead of borders and charts, one list at a time, and the terminal's
/// own cursor where the row or the text is.
#[test]
fn in_plain_manner_there_are_words_and_the_cursor_is_on_its_row() {
    let plain = |stage: &mut Stage| stage.app.ui.manner = console::tui::app::Manner::Plain;
    for (width, height) in [(120, 35), (80, 24), (60, 16)] {
        for keys in ["1", "2", "?", "x", "R", "t", "/"] {
            let mut stage = Stage::new(width, height);
            plain(&mut stage);
            live(&mut stage);
            let on = stage.app.node().unwrap().name.to_string();
            stage.press(keys);
            let mut buf = stage.buffer();
            let cursor = console::tui::screens::draw(&stage.app, stage.now, &mut buf).unwrap();
            let text = stage::rows(&buf);
            for sign in ["│", "╭", "─", "█", "▅"] {
                assert!(
                    !text.iter().any(|row| row.contains(sign)),
                    "{sign} after {keys}: {text:#?}"
                );
            }
            let row = &text[usize::from(cursor.y)];
            match keys {
                "1" => assert!(row.contains(&on) && row.contains("degraded"), "{row}"),
                "2" => {
                    let tunnel = stage.app.tunnel().unwrap();
                    assert!(row.contains(tunnel.through()), "{row}");
                    assert!(row.contains(tunnel.state.as_str()), "{row}");
                }
                _ => assert!(row.contains(['▁', '▶']), "{keys}: {row}"),
            }
        }
    }
    snapshots("fleet_plain", &SIZES[1..2], |stage| {
        plain(stage);
        live(stage);
    });
}
