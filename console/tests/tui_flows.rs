//! What keys lead to: message scripts in, effects out. No terminal, no server, no clock.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod stage;

use console::tui::app::{Pane, Screen};
use console::tui::data::link::{LinkNews, Stop};
use console::tui::effect::Effect;
use console::tui::msg::{Answer, Failure, Msg};
use console::tui::overlays::Overlay;
use stage::{Stage, asked, destroys, full, outcome};
use wire::message::operator::{Push, Reply, Request};
use wire::message::view::NodeState;
use wire::{Refusal, RefusalCode, RuleId};

/// Puts the cursor on a node.
fn on(stage: &mut Stage, name: &str) {
    stage.press("g g");
    for _ in 0..20 {
        if stage.app.node().is_some_and(|n| n.name.as_str() == name) {
            return;
        }
        stage.press("j");
    }
    panic!("{name} is not shown");
}

fn revoke_dialog() -> Stage {
    let mut stage = Stage::live(120, 35);
    on(&mut stage, "gw-ber-014");
    let effects = stage.press("R");
    assert!(matches!(asked(&effects), Some(Request::NodeRevoke { intent, .. }) if intent.dry_run));
    stage.wait(200);
    stage.reply(&effects, outcome(&[("jon", 1), ("mira", 1)]));
    stage
}

#[test]
fn revoke_needs_the_typed_name_and_a_reason() {
    let mut stage = revoke_dialog();
    assert!(!destroys(&stage.press("f2")), "nothing typed");
    stage.press("tab");
    stage.type_in("INC-4411 key leaked");
    assert!(!destroys(&stage.press("f2")), "no name");
    stage.press("tab");
    stage.type_in("gw-ber-01");
    assert!(!destroys(&stage.press("f2")), "not the whole name");
    stage.type_in("4");
    let effects = stage.press("f2");
    let Some(Request::NodeRevoke { node, intent }) = asked(&effects) else {
        panic!("no revocation")
    };
    assert!(!intent.dry_run);
    assert!(node.as_str().starts_with("n_"), "by id, not by a name that may move");
    assert_eq!(intent.reason.as_ref().unwrap().as_str(), "INC-4411 key leaked");
    assert!(stage.app.ui.overlay.is_none());
    stage.reply(&effects, outcome(&[("jon", 1), ("mira", 1)]));
    assert!(stage.text().contains("revoked gw-ber-014 · 2 tunnels cut"), "{}", stage.text());
}

#[test]
fn revoke_shows_what_it_cuts_and_what_is_yours() {
    let stage = revoke_dialog();
    let text = stage.text();
    for part in [
        "cannot be undone",
        "2 live tunnels (jon 1, mira 1)",
        "1 is YOURS",
        "10.20.4.11:5432",
        "prod-eu",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn a_pasted_name_confirms_nothing() {
    let mut stage = revoke_dialog();
    stage.press("tab");
    stage.type_in("reason");
    stage.press("tab");
    stage.send(Msg::Paste("gw-ber-014".to_owned()));
    assert!(!destroys(&stage.press("f2")));
}

#[test]
fn keys_during_the_first_150_ms_are_ignored() {
    let mut stage = Stage::live(120, 35);
    stage.press("R");
    stage.press("esc");
    assert!(stage.app.ui.overlay.is_some(), "typed ahead");
    stage.wait(149);
    stage.press("enter");
    assert!(stage.app.ui.overlay.is_some(), "typed ahead");
    stage.wait(1);
    stage.press("esc");
    assert!(stage.app.ui.overlay.is_none());
}

#[test]
fn a_protected_context_takes_three_seconds_to_agree_in() {
    let mut stage = Stage::live(120, 35);
    stage.app.ui.caution = console::tui::app::Caution::Protected;
    stage.press("2 g g");
    let effects = stage.press("C");
    stage.wait(200);
    stage.reply(&effects, outcome(&[("mira", 1)]));
    assert!(stage.text().contains("prod-eu · protected"));
    assert!(!destroys(&stage.press("f2")));
    stage.wait(2800);
    assert!(destroys(&stage.press("f2")));
}

#[test]
fn mashing_enter_or_one_letter_cuts_nothing() {
    for key in ["enter", "y", "Y", "f2", "ctrl-enter", "space", "tab enter", "y enter"] {
        for open in ["R", "C"] {
            let mut stage = Stage::live(120, 35);
            if open == "C" {
                stage.press("2");
            }
            let effects = stage.press(open);
            stage.wait(500);
            if asked(&effects).is_some() {
                stage.reply(&effects, outcome(&[("mira", 1)]));
            }
            let typed = key.contains("f2") || key.contains("ctrl") || key.contains("tab");
            for _ in 0..50 {
                let destroyed = destroys(&stage.press(key));
                // F2 on the dialog that closes tunnels is its documented way to agree.
                assert!(!destroyed || (open == "C" && typed), "{open} then {key}");
                stage.wait(20);
            }
        }
    }
}

#[test]
fn the_server_refusing_the_plan_keeps_the_button_off() {
    let mut stage = Stage::live(120, 35);
    on(&mut stage, "gw-ber-014");
    let effects = stage.press("R");
    stage.wait(200);
    let Effect::Ask { job, .. } = &effects[0] else { panic!() };
    let refusal = Refusal::new(RefusalCode::Denied, "your role may not revoke nodes");
    stage.send(Msg::Done { job: *job, answer: Answer::Failed(Failure::Refused(refusal)) });
    stage.press("tab");
    stage.type_in("because");
    stage.press("tab");
    stage.type_in("gw-ber-014");
    assert!(!destroys(&stage.press("f2")));
    assert!(stage.text().contains("may not revoke nodes"));
}

#[test]
fn an_unknown_outcome_is_said_and_never_repeated() {
    let mut stage = revoke_dialog();
    stage.press("tab");
    stage.type_in("why");
    stage.press("tab");
    stage.type_in("gw-ber-014");
    let effects = stage.press("f2");
    let Effect::Ask { job, .. } = &effects[0] else { panic!() };
    let lost = Answer::Failed(Failure::Unknown("connection lost".to_owned()));
    assert!(stage.send(Msg::Done { job: *job, answer: lost }).is_empty());
    assert!(stage.text().contains("check the audit log"));
    stage.offline();
    assert!(stage.send(Msg::Link(stage::connected())).is_empty());
}

#[test]
fn offline_disables_changes_with_the_reason() {
    let mut stage = Stage::live(120, 35);
    stage.offline();
    assert!(stage.press("R").is_empty());
    assert!(stage.app.ui.overlay.is_none());
    assert!(stage.text().contains("writes disabled while offline"));
    stage.press("t");
    assert!(stage.app.ui.overlay.is_none());
    stage.press("x");
    assert!(stage.text().contains("writes disabled while offline"), "the menu says why");
}

#[test]
fn a_dialog_left_open_over_a_lost_link_changes_nothing() {
    let mut stage = revoke_dialog();
    stage.press("tab");
    stage.type_in("why");
    stage.press("tab");
    stage.type_in("gw-ber-014");
    stage.offline();
    assert!(!destroys(&stage.press("f2")));
}

#[test]
fn a_lost_link_keeps_rows_counts_down_and_comes_back_with_the_differences() {
    let mut stage = Stage::live(80, 24);
    stage.offline();
    stage.wait(2000);
    let text = stage.text();
    for part in ["✕ offline 2s", "retry 7 in 4s", "Ctrl-R now", "gw-ber-022", "as of"] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(stage.press("ctrl-r").iter().any(|e| matches!(e, Effect::Retry)));
    stage.send(Msg::Link(LinkNews::Connecting));
    stage.wait(1000);
    stage.send(Msg::Link(stage::connected()));
    let mut nodes = stage::fleet();
    nodes[5].state = NodeState::Offline;
    let at = stage.now.wall;
    stage.send(Msg::Data(Box::new(full(nodes, stage::streams(9, at), at))));
    let text = stage.text();
    assert!(text.contains("back after 3s · 1 node changed"), "{text}");
}

#[test]
fn a_refused_login_waits_for_somebody() {
    let mut stage = Stage::live(80, 24);
    stage::stopped(&mut stage, Stop::Auth);
    let text = stage.text();
    assert!(
        text.contains("⚠ login refused") && text.contains("the certificate is revoked"),
        "{text}"
    );
}

#[test]
fn selection_survives_a_new_order_and_gone_rows() {
    let mut stage = Stage::live(120, 35);
    on(&mut stage, "gw-ams-001");
    stage.press("o n");
    assert_eq!(stage.app.node().unwrap().name.as_str(), "gw-ams-001");
    stage.wait(3000);
    let gone = stage::fleet()[0].id;
    let mut batch = console::tui::data::batch::Batch::default();
    batch.push(Push::Nodes {
        revision: wire::Revision(2),
        at: stage.now.wall,
        changed: vec![],
        gone: vec![gone],
        complete: false,
    });
    stage.send(Msg::Data(Box::new(batch)));
    assert_eq!(stage.app.node().unwrap().name.as_str(), "gw-ams-001");
    assert!(!stage.text().contains("cam-ham-117"));
}

#[test]
fn the_order_rests_while_the_cursor_moves_and_new_rows_wait() {
    let mut stage = Stage::live(120, 35);
    stage.press("j");
    let worse = stage::node(77, "aaa-new", NodeState::Offline, "");
    let mut batch = console::tui::data::batch::Batch::default();
    batch.push(Push::Nodes {
        revision: wire::Revision(2),
        at: stage.now.wall,
        changed: vec![worse],
        gone: vec![],
        complete: false,
    });
    stage.send(Msg::Data(Box::new(batch)));
    let shown = |stage: &Stage| {
        stage.text().lines().any(|line| line.starts_with('│') && line.contains("aaa-new"))
    };
    assert!(stage.text().contains("＋1 new"), "{}", stage.text());
    assert!(!shown(&stage));
    stage.wait(2000);
    assert!(shown(&stage));
}

#[test]
fn what_somebody_asks_for_does_not_rest() {
    let mut stage = Stage::live(120, 35);
    let names = |stage: &Stage| -> Vec<String> {
        let order = stage.app.ui.fleet.grid.order().iter();
        order.map(|id| stage.app.data.nodes.get(*id).unwrap().name.to_string()).collect()
    };
    // Moves and marks keep the order, but not against a key that asks for another one.
    stage.press("j space o n");
    let mut sorted = names(&stage);
    sorted.sort();
    assert_eq!(names(&stage), sorted);
    stage.press("\\ j /");
    stage.type_in("site=ber");
    assert_eq!(names(&stage).len(), 3);
    stage.press("esc");
    assert_eq!(names(&stage).len(), 9, "all rows at once, though the cursor has just moved");
}

#[test]
fn nodes_that_come_and_go_are_told_of_in_the_bottom_line() {
    let mut stage = Stage::live(120, 35);
    let tell = |stage: &mut Stage, nodes: Vec<wire::message::view::NodeView>| {
        let mut batch = console::tui::data::batch::Batch::default();
        let (revision, at) = (wire::Revision(2), stage.now.wall);
        batch.push(Push::Nodes { revision, at, changed: nodes, gone: vec![], complete: false });
        stage.send(Msg::Data(Box::new(batch)));
    };
    let mut node = stage::fleet()[5].clone();
    node.state = NodeState::Offline;
    node.disconnect_reason = Some(wire::DisconnectReason::KeepaliveTimeout);
    tell(&mut stage, vec![node.clone()]);
    assert!(stage.text().contains("○ gw-ber-022 offline: keepalive_timeout"), "{}", stage.text());
    node.state = NodeState::Online;
    node.last_seen = node.last_seen.map(|at| wire::UnixMs(at.0 + 41_000));
    tell(&mut stage, vec![node]);
    assert!(stage.text().contains("● gw-ber-022 reconnected after 41s"), "{}", stage.text());
    let lost = stage::fleet().into_iter().filter(|n| n.state.is_connected());
    let lost = lost.map(|n| wire::message::view::NodeView { state: NodeState::Offline, ..n });
    tell(&mut stage, lost.collect());
    assert!(stage.text().contains("6 nodes lost"), "{}", stage.text());
}

#[test]
fn the_context_is_in_every_frame_and_every_dialog() {
    for (width, height) in [(160, 45), (120, 35), (80, 24), (60, 16), (42, 9), (39, 5), (30, 1)] {
        for keys in ["1", "2", "?", "x", "o", "t", "w", "ctrl-o", "/", "R", "2 C"] {
            let mut stage = Stage::live(width, height);
            stage.press(keys);
            assert!(
                stage.text().contains("prod-eu"),
                "{keys} at {width}×{height}:\n{}",
                stage.text()
            );
        }
    }
}

/// The words of a command line, quotes taken off.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words
}

#[test]
fn every_command_line_that_is_shown_or_copied_is_one() {
    let mut lines = Vec::new();
    for screen in ["1", "2"] {
        let mut stage = Stage::live(120, 35);
        stage.press(screen);
        stage.press("g g");
        stage.press("x");
        let Some(Overlay::Menu(menu)) = &stage.app.ui.overlay else { panic!("no menu") };
        lines.extend(menu.items().iter().map(|item| item.command.clone()));
        stage.press("esc");
        stage.press("/");
        stage.type_in(if screen == "1" { "site=ber rtt>1ms" } else { "who=mira" });
        stage.press("enter");
        for keys in ["y c", "y l"] {
            let effects = stage.press(keys);
            let Some(Effect::Copy { text, .. }) = effects.first() else { panic!("{keys}") };
            lines.push(text.clone());
        }
        stage.press("t ctrl-y");
        let effects = stage.press("ctrl-y");
        lines.extend(effects.iter().filter_map(|effect| match effect {
            Effect::Copy { text, .. } => Some(text.clone()),
            _ => None,
        }));
    }
    lines.retain(|line| !line.is_empty());
    assert!(lines.len() > 10, "{lines:#?}");
    for line in lines {
        let line = line.replace(" PORT", " 5432");
        if let Err(error) = console::cli::command().try_get_matches_from(words(&line)) {
            panic!("{line}\n{error}");
        }
    }
}

#[test]
fn a_smaller_terminal_still_shows_the_row_under_the_cursor() {
    let mut stage = Stage::live(120, 35);
    stage.press("G");
    let last = stage.app.node().unwrap().name.to_string();
    stage.send(Msg::Resize { width: 42, height: 9 });
    let text = stage.text();
    assert!(text.lines().any(|l| l.starts_with('▶') && l.contains(&last)), "{last}\n{text}");
}

#[test]
fn read_only_looks_at_everything_and_changes_nothing() {
    let mut stage = Stage::live(120, 35);
    stage.app.ui.permit = console::tui::app::Permit::ReadOnly;
    for keys in ["R", "2 C"] {
        let effects = stage.press(keys);
        assert!(asked(&effects).is_none() && stage.app.ui.overlay.is_none(), "{keys}");
        assert!(stage.text().contains("this console is read-only"), "{}", stage.text());
    }
    assert!(stage.text().contains(" read-only"));
    stage.press("1 x");
    assert!(stage.text().contains("revoke…") && stage.text().contains("this console is read-only"));
}

#[test]
fn the_filter_works_as_typed_and_a_wrong_one_keeps_the_last_good() {
    let mut stage = Stage::live(80, 24);
    stage.press("/");
    stage.type_in("site=ber");
    assert!(stage.text().contains("3 of 9"), "{}", stage.text());
    stage.type_in(" rtt>150");
    let text = stage.text();
    assert!(text.contains("ms or s?") && text.contains("gw-ber-022"), "{text}");
    stage.type_in("ms");
    assert!(!stage.text().contains("gw-ber-022"));
    stage.press("enter");
    assert!(stage.app.ui.filter_line.is_none());
    stage.press("esc");
    assert!(stage.text().contains("9 of 9"));
    stage.press("/ up");
    assert!(stage.text().contains("/site=ber rtt>150ms"), "history");
}

#[test]
fn enter_on_a_node_shows_its_tunnels_and_esc_comes_back() {
    let mut stage = Stage::live(120, 35);
    on(&mut stage, "gw-ber-014");
    stage.press("enter");
    assert_eq!(stage.app.ui.screen, Screen::Tunnels);
    assert_eq!(stage.app.ui.tunnels.grid.order().len(), 2);
    stage.press("esc");
    assert_eq!(stage.app.ui.screen, Screen::Fleet);
    assert_eq!(stage.app.node().unwrap().name.as_str(), "gw-ber-014");
    stage.press("2");
    assert_eq!(stage.app.ui.tunnels.grid.order().len(), 7, "the filter went with it");
}

#[test]
fn closing_marked_tunnels_asks_what_it_cuts_and_names_them() {
    let mut stage = Stage::live(120, 35);
    stage.press("2 g g space space");
    let effects = stage.press("C");
    let Some(Request::TunnelClose { tunnels, intent }) = asked(&effects) else { panic!() };
    assert!(intent.dry_run && tunnels.len() == 2);
    stage.wait(200);
    stage.reply(&effects, outcome(&[("ci-bot", 1), ("ana", 1)]));
    assert!(stage.text().contains("Close these 2 tunnels?"));
    stage.press("tab tab");
    let effects = stage.press("enter");
    assert!(destroys(&effects), "the button agrees");
}

#[test]
fn the_open_dialog_checks_as_it_is_filled_and_shows_the_command() {
    let mut stage = Stage::live(120, 35);
    stage.press("2 t");
    stage.press("backtab ctrl-u");
    stage.type_in("ber-02");
    assert!(stage.text().contains("gw-ber-022"), "offered");
    stage.press("tab ctrl-u");
    stage.type_in("10.20.4.11:5432");
    let effects = stage.wait(300);
    let Some(Request::CanOpen { node, target }) = asked(&effects) else { panic!("not asked") };
    assert_eq!((node.as_str(), target.to_string().as_str()), ("gw-ber-022", "10.20.4.11:5432"));
    stage.reply(&effects, Reply::CanOpen(Some(RuleId::from_random(12))));
    stage.press("tab tab ctrl-u");
    stage.type_in("15432");
    let effects = stage.wait(300);
    let Some(Effect::CheckListen { job, .. }) = effects.first() else { panic!("port not checked") };
    stage.send(Msg::Done { job: *job, answer: Answer::PortFree });
    let text = stage.text();
    for part in [
        "✓ node online",
        "✓ your role may reach it",
        "free ✓",
        "tunnelctl forward gw-ber-022 15432:10.20.4.11:5432",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let effects = stage.press("f2");
    let Some(Effect::OpenForward { job, forward, spec }) = effects.first() else {
        panic!("{effects:?}")
    };
    assert_eq!(spec.listen.to_string(), "127.0.0.1:15432");
    stage.send(Msg::Done { job: *job, answer: Answer::Listening(spec.listen.clone()) });
    assert!(stage.app.ui.overlay.is_none());
    assert!(stage.text().contains("● ready"), "{}", stage.text());
    stage.press("tab");
    assert_eq!(stage.app.ui.pane, Pane::Forwards);
    stage.press("C");
    let effects = stage.press("enter");
    assert!(matches!(effects.as_slice(), [Effect::CloseForward(f)] if f == forward));
}

#[test]
fn a_denied_target_or_a_taken_port_keeps_the_dialog_open() {
    let mut stage = Stage::live(120, 35);
    stage.press("2 t");
    let effects = stage.wait(300);
    let Some(Effect::Ask { job, .. }) = effects.first() else { panic!() };
    let refusal = Refusal::new(RefusalCode::Denied, "denied by the default rule");
    stage.send(Msg::Done { job: *job, answer: Answer::Failed(Failure::Refused(refusal)) });
    assert!(stage.press("f2").is_empty());
    assert!(stage.text().contains("✗ denied by the default rule"));
}

#[test]
fn listening_for_others_needs_a_tick() {
    let mut stage = Stage::live(120, 35);
    stage.press("2 t");
    stage.press("tab ctrl-u");
    stage.type_in("0.0.0.0");
    assert!(stage.press("f2").is_empty());
    stage.press("tab tab space");
    assert!(matches!(stage.press("f2").first(), Some(Effect::OpenForward { .. })));
}

#[test]
fn quitting_with_forwards_asks_twice_and_esc_never_quits() {
    let mut stage = Stage::live(120, 35);
    stage.press("2 t");
    assert!(matches!(stage.press("f2").first(), Some(Effect::OpenForward { .. })));
    stage.press("esc");
    assert!(stage.press("q").is_empty());
    assert!(stage.text().contains("stops 1 forward of"), "{}", stage.text());
    assert!(stage.press("q").iter().any(|e| matches!(e, Effect::Quit)));
    let mut stage = Stage::live(120, 35);
    assert!(stage.press("esc esc esc").is_empty());
    assert!(stage.press("ctrl-c").is_empty());
    assert!(stage.press("ctrl-c").iter().any(|e| matches!(e, Effect::Quit)));
}

#[test]
fn help_searches_by_words_and_keys_says_why_not_and_runs_the_hit() {
    let mut stage = Stage::live(120, 35);
    stage.press("?");
    assert!(stage.text().contains("nothing was copied yet"), "{}", stage.text());
    stage.type_in("problems");
    stage.press("enter");
    assert!(stage.app.ui.overlay.is_none() && stage.app.ui.fleet.problems);
    stage.offline();
    stage.press("?");
    stage.type_in("revoke");
    assert!(stage.text().contains("writes disabled while offline"));
    stage.press("enter");
    assert!(stage.app.ui.overlay.is_some(), "what is off does not run");
}

#[test]
fn copying_says_what_and_how() {
    let mut stage = Stage::live(120, 35);
    on(&mut stage, "gw-ber-014");
    let effects = stage.press("y n");
    let Some(Effect::Copy { job, text }) = effects.first() else { panic!() };
    assert_eq!(text, "gw-ber-014");
    stage.send(Msg::Done { job: *job, answer: Answer::Copied("osc52") });
    assert!(stage.text().contains("copied gw-ber-014 (osc52)"));
    stage.press("y v");
    assert!(matches!(&stage.app.ui.overlay, Some(Overlay::Info(info)) if info.bare));
}

#[test]
fn a_paused_picture_stands_still_and_catches_up() {
    let mut stage = Stage::live(120, 35);
    stage.press("p");
    let mut batch = console::tui::data::batch::Batch::default();
    let lost = stage::node(6, "gw-ber-022", NodeState::Offline, "");
    batch.push(Push::Nodes {
        revision: wire::Revision(2),
        at: stage.now.wall,
        changed: vec![lost],
        gone: vec![],
        complete: false,
    });
    stage.send(Msg::Data(Box::new(batch)));
    assert_eq!(stage.app.data.nodes.counts().online, 4);
    assert!(stage.text().contains("paused for"));
    stage.press("p");
    assert_eq!(stage.app.data.nodes.counts().online, 3);
}

#[test]
fn a_count_before_a_move_repeats_it() {
    let mut stage = Stage::live(120, 35);
    stage.press("g g 5 j");
    assert_eq!(stage.app.ui.fleet.grid.place(), 5);
    stage.press("4 k");
    assert_eq!(stage.app.ui.fleet.grid.place(), 1);
}

#[test]
fn a_restart_of_the_set_forgets_what_is_not_in_it() {
    let mut stage = Stage::live(120, 35);
    let at = stage.now.wall;
    stage.send(Msg::Data(Box::new(full(stage::fleet()[..3].to_vec(), vec![], at))));
    assert_eq!(stage.app.data.nodes.counts().total, 3);
    assert_eq!(stage.app.data.tunnels.all().count(), 0);
}

/// Writes what the terminal test plays; the committed file must be what recording makes today.
#[test]
fn the_committed_recording_is_what_recording_writes() {
    use console::tui::record::Recorder;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.jsonl");
    let mut recorder = Recorder::new(Some(&path)).unwrap();
    let mut stage = Stage::new(80, 24);
    let batch = full(
        stage::fleet()[2..5].to_vec(),
        stage::streams(0, stage::WALL)[..1].to_vec(),
        stage::WALL,
    );
    let heard = LinkNews::Heard { rtt_ms: Some(18) };
    for msg in [Msg::Link(stage::connected()), Msg::Data(Box::new(batch)), Msg::Link(heard)] {
        recorder.record(stage.now, &msg, false).unwrap();
        stage.wait(100);
    }
    recorder.flush().unwrap();
    let written = std::fs::read_to_string(&path).unwrap();
    let committed =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replays/three_nodes.jsonl");
    if std::env::var_os("INSTA_UPDATE").is_some_and(|v| v == "always") {
        std::fs::create_dir_all(committed.parent().unwrap()).unwrap();
        std::fs::write(&committed, &written).unwrap();
    }
    assert_eq!(written, std::fs::read_to_string(&committed).unwrap());
}

#[test]
fn a_tunnel_the_server_no_longer_mentions_slows_down_to_nothing() {
    let mut stage = Stage::live(120, 35);
    stage.press("2 g g");
    let id = stage.app.tunnel().unwrap().id;
    let rate = |stage: &Stage| stage.app.data.tunnels.get(id).unwrap().down().unwrap();
    let busy = rate(&stage);
    assert!(busy > 80e6);
    for _ in 0..6 {
        stage.wait(1000);
        let mut batch = console::tui::data::batch::Batch::default();
        batch.push(Push::Tunnels {
            at: stage.now.wall,
            changed: vec![],
            gone: vec![],
            complete: false,
        });
        stage.send(Msg::Data(Box::new(batch)));
    }
    assert!(rate(&stage) < busy / 10.0, "{}", rate(&stage));
}
