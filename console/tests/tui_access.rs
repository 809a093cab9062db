//! Access: what it looks like, what its keys lead to, and when it draws by itself.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod stage;

use console::tui::app::Screen;
use console::tui::data::access::{Row, Tab};
use console::tui::effect::Effect;
use console::tui::msg::{Answer, Failure, Msg};
use console::tui::overlays::Overlay;
use stage::access::session;
use stage::{Stage, asked, connected, destroys, full, outcome};
use std::time::Duration;
use wire::message::operator::{PolicyReply, PolicyRequest, Reply, Request};
use wire::message::view::{
    AccessDecision, AccessStep, Because, Effect as RuleEffect, LockKind, SessionKind, WouldAllow,
};
use wire::{Refusal, RefusalCode, RuleId};

fn snapshots(name: &str, sizes: &[(u16, u16)], prepare: impl Fn(&mut Stage)) {
    for (width, height) in sizes {
        let mut stage = Stage::live(*width, *height);
        prepare(&mut stage);
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), stage.planes());
    }
}

const BOTH: [(u16, u16); 2] = [(120, 35), (80, 24)];

#[test]
fn sessions_live() {
    snapshots("sessions_live", &[(120, 35), (80, 24), (60, 16), (40, 9)], |stage| {
        stage.go_access(Tab::Sessions);
        stage.on("ana");
        stage.wait(3000);
    });
}

#[test]
fn ports_live() {
    snapshots("ports_live", &[(120, 35), (80, 24), (160, 45)], |stage| {
        stage.go_access(Tab::Ports);
        stage.on("production-db");
        stage.wait(3000);
    });
}

#[test]
fn every_other_tab_live() {
    for tab in [Tab::Roles, Tab::Rules, Tab::Guests, Tab::Locks, Tab::Pending] {
        let name = format!("{}_live", tab.name().to_lowercase());
        snapshots(&name, &BOTH, |stage| {
            stage.go_access(tab);
            stage.press("g g");
            stage.wait(3000);
        });
    }
}

#[test]
fn stale_empty_and_refused() {
    snapshots("sessions_offline", &BOTH, |stage| {
        stage.go_access(Tab::Sessions);
        stage.offline();
        stage.wait(134_000);
        stage.offline();
    });
    snapshots("guests_empty", &BOTH[1..], |stage| {
        stage.go_access(Tab::Guests);
        stage.tell(Tab::Guests, Ok(vec![]));
    });
    snapshots("rules_refused", &BOTH[1..], |stage| {
        stage.go_access(Tab::Rules);
        let why = "rules.read is not permitted by your roles (support)".to_owned();
        stage.tell(Tab::Rules, Err(why));
    });
    snapshots("sessions_nothing_matches", &BOTH[1..], |stage| {
        stage.go_access(Tab::Sessions);
        stage.press("/");
        stage.type_in("who:nobody");
        stage.press("enter");
    });
}

#[test]
fn dialogs_look_like_this() {
    let dialog = |tab: Tab, row: &'static str, key: &'static str, fill: &'static str| {
        move |stage: &mut Stage| {
            stage.go_access(tab);
            stage.on(row);
            let effects = stage.press(key);
            stage.wait(200);
            stage.reply(&effects, outcome(&[("mira", 1), ("ana", 2)]));
            if !fill.is_empty() {
                stage.press("tab");
                stage.type_in(fill);
            }
        }
    };
    snapshots("lock_operator", &BOTH, dialog(Tab::Sessions, "mira", "L", "3h"));
    snapshots("end_session", &BOTH[1..], dialog(Tab::Sessions, "ana", "K", ""));
    snapshots("approve", &BOTH[1..], dialog(Tab::Pending, "edge-vie-11", "A", ""));
}

#[test]
fn it_asks_only_for_what_is_shown_and_again_after_a_change() {
    let mut stage = Stage::live(120, 35);
    let watched = |effects: &[Effect]| {
        effects.iter().find_map(|e| match e {
            Effect::Watch(tabs) => Some(*tabs),
            _ => None,
        })
    };
    assert_eq!(watched(&stage.press("3")), Some(&[Tab::Sessions][..]));
    assert_eq!(watched(&stage.press("j")), None);
    assert_eq!(watched(&stage.press("tab")), Some(Tab::Ports.needs()));
    assert_eq!(watched(&stage.press("backtab")), Some(&[Tab::Sessions][..]));
    stage.go_access(Tab::Sessions);
    stage.on("ana");
    let effects = stage.press("K");
    stage.wait(200);
    stage.reply(&effects, outcome(&[]));
    let effects = stage.press("f2");
    assert_eq!(watched(&effects), None);
    assert_eq!(watched(&stage.reply(&effects, outcome(&[]))), Some(&[Tab::Sessions][..]));
    assert_eq!(watched(&stage.press("1")), Some(&[][..]));
}

#[test]
fn the_cursor_stays_on_its_session_whatever_comes_and_goes() {
    let mut stage = Stage::access(120, 35, Tab::Sessions);
    stage.on("tom");
    let id = stage.app.access_row().unwrap().id();
    let mut rows: Vec<Row> = stage.app.data.access.rows(Tab::Sessions).cloned().collect();
    let new = session(9, "zoe", SessionKind::Login, &["10.8.0.99"], 60_000);
    rows.push(Row::Session(Box::new(new)));
    rows.retain(|row| row.who() != "ci-bot");
    stage.wait(3000);
    stage.tell(Tab::Sessions, Ok(rows));
    assert_eq!(stage.app.access_row().unwrap().id(), id);
    assert!(stage.text().contains("zoe") && !stage.text().contains("ci-bot"));
}

#[test]
fn filter_order_and_problems_work_on_each_tab_by_itself() {
    let mut stage = Stage::access(120, 35, Tab::Sessions);
    stage.press("/");
    stage.type_in("kind:access who:mira");
    stage.press("enter");
    assert_eq!(stage.app.ui.access.list().grid.order().len(), 1);
    stage.press("tab");
    assert_eq!(stage.app.ui.access.list().grid.order().len(), 3, "another tab, another filter");
    stage.press("!");
    let names: Vec<String> = stage.app.access_row().map(Row::name).into_iter().collect();
    assert_eq!(names, ["cache"], "only what does not serve");
    stage.press("! o n");
    let order: Vec<_> = stage.app.ui.access.list().grid.order().to_vec();
    let name = |at: usize| stage.app.data.access.get(order[at]).unwrap().name();
    assert_eq!([name(0), name(1), name(2)], ["cache", "old-api", "production-db"]);
    stage.press("backtab esc");
    assert_eq!(stage.app.ui.access.list().grid.order().len(), 5);
    stage.press("f u");
    assert!(stage.app.ui.access.list().filter_text.starts_with("who="));
}

#[test]
fn a_lock_needs_a_reason_and_takes_a_time() {
    let mut stage = Stage::access(120, 35, Tab::Sessions);
    stage.on("ci-bot");
    let effects = stage.press("L");
    let Some(Request::Lock { spec, intent }) = asked(&effects) else { panic!("no plan") };
    assert!(intent.dry_run && spec.kind == LockKind::Operator, "whose the login is");
    stage.press("f2");
    assert!(stage.app.ui.overlay.is_some(), "typed ahead");
    stage.wait(200);
    assert!(!destroys(&stage.press("f2")), "the server has not said what it cuts");
    stage.reply(&effects, outcome(&[("ci-bot", 2)]));
    assert!(!destroys(&stage.press("f2")), "no reason");
    stage.press("tab");
    stage.type_in("3x");
    stage.press("tab");
    stage.type_in("INC-7");
    assert!(!destroys(&stage.press("f2")), "no time is called 3x");
    stage.press("backtab backspace");
    stage.type_in("h");
    let Some(Overlay::Confirm(confirm)) = &stage.app.ui.overlay else { panic!("no dialog") };
    assert_eq!(confirm.command(), "tunnelctl lock operator ci-bot --for 3h --reason INC-7");
    let text = stage.text();
    assert!(text.contains("--for 3h") && text.contains("--reason INC-7"), "{text}");
    assert!(text.contains("2 live tunnels (ci-bot 2)"), "{text}");
    let effects = stage.press("f2");
    let Some(Request::Lock { spec, intent }) = asked(&effects) else { panic!("no lock") };
    assert_eq!((spec.name.as_str(), spec.for_ms), ("ci-bot", Some(3 * 3_600_000)));
    assert_eq!(intent.reason.as_ref().unwrap().as_str(), "INC-7");
    assert!(!intent.dry_run);
}

#[test]
fn what_is_revoked_is_what_the_row_stands_for() {
    let mut stage = Stage::access(120, 35, Tab::Sessions);
    stage.on("mira");
    stage.press("j");
    let effects = stage.press("R");
    assert!(matches!(asked(&effects), Some(Request::OperatorRevoke { .. })));
    stage.wait(200);
    stage.reply(&effects, outcome(&[("mira", 1)]));
    let text = stage.text();
    for part in ["This is you", "1 is YOURS", "10.20.4.11:5432", "revoke operator mira"] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    stage.press("tab");
    stage.type_in("left the company");
    assert!(!destroys(&stage.press("f2")), "the name was not typed");
    stage.press("esc");
    stage.on("ana");
    assert!(matches!(asked(&stage.press("R")), Some(Request::SessionRevoke { .. })));
    stage.wait(200);
    stage.press("esc");
    stage.on("tom");
    assert!(asked(&stage.press("R")).is_none());
    assert!(stage.text().contains("it is over already"));
}

#[test]
fn each_tab_has_the_changes_that_fit_it() {
    for (tab, row, key, is) in [
        (Tab::Sessions, "mira", "K", "SessionEnd"),
        (Tab::Ports, "cache", "L", "Lock"),
        (Tab::Guests, "lee", "K", "GuestDelete"),
        (Tab::Guests, "lee", "R", "GuestRevoke"),
        (Tab::Guests, "lee", "L", "Lock"),
        (Tab::Locks, "ana", "L", "Unlock"),
        (Tab::Pending, "edge-vie-11", "A", "PendingApprove"),
        (Tab::Pending, "edge-vie-11", "D", "PendingDeny"),
        (Tab::Ports, "cache", "R", ""),
        (Tab::Ports, "cache", "K", ""),
        (Tab::Roles, "admin", "L", ""),
        (Tab::Sessions, "ana", "A", ""),
    ] {
        let mut stage = Stage::access(120, 35, tab);
        stage.on(row);
        let effects = stage.press(key);
        let name = asked(&effects).map(|request| format!("{request:?}")).unwrap_or_default();
        assert!(name.starts_with(is) && name.is_empty() == is.is_empty(), "{tab:?} {key}: {name}");
        assert!(!destroys(&effects), "{tab:?} {key} asks first");
    }
}

#[test]
fn mashing_enter_or_a_letter_changes_nothing() {
    for (tab, row) in [(Tab::Sessions, "ana"), (Tab::Guests, "lee"), (Tab::Pending, "edge-vie-11")]
    {
        for open in ["K", "L", "R", "A", "D"] {
            for key in ["enter", "y", "space", "Y"] {
                let mut stage = Stage::access(120, 35, tab);
                stage.on(row);
                let effects = stage.press(open);
                stage.wait(500);
                if asked(&effects).is_some() {
                    stage.reply(&effects, outcome(&[("mira", 1)]));
                }
                for _ in 0..20 {
                    assert!(!destroys(&stage.press(key)), "{tab:?} {open} then {key}");
                    stage.wait(20);
                }
            }
        }
    }
}

#[test]
fn a_node_is_let_in_by_the_fingerprint_that_was_shown() {
    let mut stage = Stage::access(120, 35, Tab::Pending);
    stage.on("edge-vie-11");
    let effects = stage.press("A");
    stage.wait(200);
    stage.reply(&effects, outcome(&[]));
    let text = stage.text();
    assert!(text.contains("amber falcon river stone") && text.contains("SHA256:9f2ac1"), "{text}");
    let effects = stage.press("f2");
    let Some(Request::PendingApprove { fingerprint, intent, .. }) = asked(&effects) else {
        panic!("not approved")
    };
    assert_eq!(fingerprint.as_ref().unwrap().as_str(), "SHA256:9f2ac1");
    assert!(!intent.dry_run);
}

#[test]
fn explain_asks_and_shows_the_deciding_rule() {
    let mut stage = Stage::access(120, 35, Tab::Ports);
    stage.on("cache");
    let effects = stage.press("w");
    let Some(Request::Policy(request)) = asked(&effects) else { panic!("nothing was asked") };
    let PolicyRequest::Explain(question) = request.as_ref() else { panic!("{request:?}") };
    assert_eq!(question.operator.as_ref().unwrap().as_str(), "mira");
    assert_eq!(question.port.as_ref().unwrap().as_str(), "cache");
    let rule = RuleId::from_random(12);
    let decision = AccessDecision {
        allowed: false,
        deciding_rule: Some(rule),
        because: None,
        until: None,
        trace: vec![AccessStep {
            rule,
            matched: false,
            because: Some(Because::Role),
            effect: RuleEffect::Allow,
            summary: "allow role:netops → port/cache".into(),
        }],
        would_allow: vec![WouldAllow {
            role: Some("netops".parse().unwrap()),
            ..WouldAllow::default()
        }],
    };
    let reply = Reply::Policy(Box::new(PolicyReply::Decision(decision)));
    stage.reply(&effects, reply);
    let text = stage.text();
    for part in [
        "✗ denied",
        "allow role:netops → port/cache   role differs",
        "would pass with role netops",
        "tunnelctl access explain mira --port cache",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    insta::assert_snapshot!("explain_120x35", stage.planes());
    stage.type_in("x");
    assert!(stage.text().contains("access explain mirax --port cache"));
    let effects = stage.press("enter");
    let refused = Refusal::new(RefusalCode::Denied, "access.read is not permitted");
    let Some(Effect::Ask { job, .. }) = effects.first() else { panic!("not asked again") };
    stage.send(Msg::Done { job: *job, answer: Answer::Failed(Failure::Refused(refused)) });
    assert!(stage.text().contains("access.read is not permitted"));
    stage.press("esc");
    assert!(stage.app.ui.overlay.is_none());
}

#[test]
fn why_tells_about_what_no_rule_decides() {
    let mut stage = Stage::access(120, 35, Tab::Locks);
    stage.on("ana");
    assert!(asked(&stage.press("w")).is_none());
    assert!(matches!(stage.app.ui.overlay, Some(Overlay::Info(_))));
    assert!(stage.text().contains("INC-4402"));
}

#[test]
fn countdowns_run_by_seconds_only_while_they_are_seen() {
    let due = |stage: &Stage| stage.app.next_due(stage.now).unwrap() - stage.now.mono;
    let second = Duration::from_secs(1);
    let mut stage = Stage::access(120, 35, Tab::Sessions);
    assert!(stage.text().contains("7m51s"), "{}", stage.text());
    stage.wait(1000);
    assert!(stage.text().contains("7m50s"), "{}", stage.text());
    stage.wait(120_000);
    stage.app.drawn(stage.now);
    assert!(due(&stage) <= second, "a countdown is in sight: {:?}", due(&stage));
    stage.press("1");
    stage.wait(120_000);
    stage.app.drawn(stage.now);
    assert!(due(&stage) > second, "nothing counts on Fleet: {:?}", due(&stage));
    stage.press("3 tab tab");
    stage.wait(120_000);
    stage.app.drawn(stage.now);
    assert!(due(&stage) > second, "nothing counts on Roles: {:?}", due(&stage));
}

#[test]
fn what_is_as_it_was_draws_nothing() {
    let mut stage = Stage::access(120, 35, Tab::Sessions);
    stage.app.drawn(stage.now);
    let rows: Vec<Row> = stage.app.data.access.rows(Tab::Sessions).cloned().collect();
    stage.tell(Tab::Sessions, Ok(rows.clone()));
    assert_eq!(stage.app.ui.dirty, console::tui::app::Dirty::No);
    stage.tell(Tab::Sessions, Ok(rows[1..].to_vec()));
    assert_eq!(stage.app.ui.dirty, console::tui::app::Dirty::Soon);
}

#[test]
fn offline_shows_the_last_rows_and_changes_nothing() {
    let mut stage = Stage::access(120, 35, Tab::Sessions);
    stage.offline();
    stage.on("ana");
    for key in ["K", "L", "R"] {
        assert!(asked(&stage.press(key)).is_none());
        assert!(stage.app.ui.overlay.is_none());
        assert!(stage.text().contains("writes disabled while offline"));
        stage.press("esc");
    }
    let mut stage = Stage::new(120, 35);
    stage.send(Msg::Link(connected()));
    let at = stage.now.wall;
    stage.send(Msg::Data(Box::new(full(vec![], vec![], at))));
    stage.press("3");
    assert_eq!(stage.app.ui.screen, Screen::Access);
    assert!(stage.text().contains("Loading…"), "{}", stage.text());
}

#[test]
fn the_command_line_of_a_row_is_copied() {
    for (tab, row, line) in [
        (Tab::Ports, "cache", "tunnelctl ports get cache"),
        (Tab::Guests, "lee", "tunnelctl guests get lee"),
        (Tab::Roles, "netops", "tunnelctl roles get netops"),
        (Tab::Pending, "edge-vie-11", "tunnelctl pending list"),
    ] {
        let mut stage = Stage::access(120, 35, tab);
        stage.on(row);
        let effects = stage.press("y c");
        let copied = effects.iter().find_map(|e| match e {
            Effect::Copy { text, .. } => Some(text.as_str()),
            _ => None,
        });
        assert_eq!(copied, Some(line));
    }
}
