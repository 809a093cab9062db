//! 100,000 random keys at five link states: nothing is revoked without its typed name, nothing is
//! closed but from its dialog, nothing panics, every frame can be drawn.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod stage;

use console::tui::app::{App, Screen};
use console::tui::data::access::Tab;
use console::tui::data::link::{LinkNews, Stop};
use console::tui::effect::Effect;
use console::tui::key::{Code, Held, Key};
use console::tui::keymap::BINDINGS;
use console::tui::msg::{Answer, Failure, Msg};
use console::tui::overlays::Overlay;
use console::tui::overlays::confirm::Change;
use stage::{Stage, outcome};
use wire::message::operator::{PolicyRequest, Reply, Request};

/// xorshift: the same keys every time, so that a failure repeats.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(sides).unwrap()).unwrap()
    }
}

fn alphabet() -> Vec<Key> {
    let bound =
        BINDINGS.iter().flat_map(|b| b.keys).flat_map(|chord| console::tui::keymap::chords(chord));
    let mut keys: Vec<Key> = bound.collect();
    keys.extend((' '..='~').map(|c| Key::plain(Code::Char(c))));
    keys.extend((1..=12).map(|n| Key::plain(Code::F(n))));
    keys.extend(
        [Code::Tab, Code::BackTab, Code::Enter, Code::Esc, Code::Backspace, Code::Delete]
            .map(Key::plain),
    );
    keys.push(Key { code: Code::Enter, held: Held::Ctrl });
    // Dialogs are reached more often than by chance alone.
    keys.extend(
        ["R", "C", "K", "L", "A", "D", "w", "t", "x", "tab", "f2", "enter"]
            .map(|k| k.parse::<Key>().unwrap())
            .repeat(6),
    );
    keys.retain(|key| *key != Key::ctrl('c') && *key != Key::plain(Code::Char('q')));
    keys
}

#[test]
fn no_random_keys_destroy_anything_or_panic() {
    let keys = alphabet();
    for (at, state) in ["live", "quiet", "offline", "auth", "starting"].into_iter().enumerate() {
        let mut stage =
            if state == "starting" { Stage::new(100, 30) } else { Stage::live(100, 30) };
        if state != "starting" {
            stage.go_access(Tab::Sessions);
            stage.press("1");
        }
        match state {
            "quiet" => drop(stage.send(Msg::Link(LinkNews::Quiet { for_ms: 25_000 }))),
            "offline" => stage.offline(),
            "auth" => stage::stopped(&mut stage, Stop::Auth),
            _ => {}
        }
        let mut dice = Dice(0x9e37_79b9 + u64::try_from(at).unwrap());
        for step in 0..20_000 {
            let key = keys[dice.roll(keys.len())];
            let dialog = dialog_of(&stage.app);
            let effects = stage.send(Msg::Key(key));
            judge(&effects, dialog.as_ref(), state, step);
            for effect in effects {
                answer(&mut stage, &mut dice, effect);
            }
            if dice.roll(4) == 0 {
                stage.wait(u64::try_from(dice.roll(400)).unwrap());
            }
            if step % 97 == 0 {
                let sizes = [(120, 35), (80, 24), (60, 16), (42, 9), (20, 3), (1, 1), (160, 45)];
                let (width, height) = sizes[dice.roll(sizes.len())];
                stage.send(Msg::Resize { width, height });
                stage.buffer();
            }
        }
    }
}

fn dialog_of(app: &App) -> Option<Change> {
    match &app.ui.overlay {
        Some(Overlay::Confirm(confirm)) => Some(confirm.change.clone()),
        _ => None,
    }
}

fn judge(effects: &[Effect], dialog: Option<&Change>, state: &str, step: usize) {
    for effect in effects {
        let Effect::Ask { request, .. } = effect else { continue };
        match request.as_ref() {
            Request::NodeRevoke { intent, .. } => {
                assert!(intent.dry_run, "{state} step {step}: a node was revoked by chance");
            }
            Request::TunnelClose { intent, .. } => {
                let asked = matches!(dialog, Some(Change::CloseTunnels(_)));
                assert!(intent.dry_run || asked, "{state} step {step}: closed without its dialog");
                assert!(
                    matches!(state, "live" | "quiet"),
                    "{state} step {step}: a change without a link"
                );
            }
            Request::CanOpen { .. } => {}
            Request::Policy(request) => {
                assert!(matches!(**request, PolicyRequest::Explain(_)), "{state} step {step}");
            }
            Request::OperatorRevoke { intent, .. } => {
                assert!(intent.dry_run, "{state} step {step}: an operator was revoked by chance");
            }
            request if stage::plans(request).is_some() => {
                let asked = matches!(dialog, Some(Change::Access(_)));
                let dry_run = stage::plans(request) == Some(true);
                assert!(dry_run || asked, "{state} step {step}: changed without its dialog");
                assert!(
                    matches!(state, "live" | "quiet"),
                    "{state} step {step}: a change without a link"
                );
            }
            other => panic!("{state} step {step}: {other:?}"),
        }
    }
}

/// A server that answers whatever it is asked, or not at all.
fn answer(stage: &mut Stage, dice: &mut Dice, effect: Effect) {
    let (job, answer) = match effect {
        Effect::Ask { job, request } => match (dice.roll(4), *request) {
            (0, _) => return,
            (1, _) => (job, Answer::Failed(Failure::Unknown("lost".to_owned()))),
            (_, Request::CanOpen { .. }) => (job, Answer::Reply(Box::new(Reply::CanOpen(None)))),
            _ => (job, Answer::Reply(Box::new(outcome(&[("mira", 1)])))),
        },
        Effect::CheckListen { job, .. } => (job, Answer::PortFree),
        Effect::OpenForward { job, spec, .. } => (job, Answer::Listening(spec.listen)),
        Effect::Copy { job, .. } => (job, Answer::Copied("osc52")),
        _ => return,
    };
    stage.send(Msg::Done { job, answer });
}

#[test]
fn every_screen_draws_at_every_size() {
    for screen in [Screen::Fleet, Screen::Tunnels, Screen::Access] {
        for overlay in ["", "?", "x", "o", "t", "w", "ctrl-o", "/"] {
            let mut stage = Stage::access(120, 35, Tab::Ports);
            stage.app.ui.screen = screen;
            if !overlay.is_empty() {
                stage.press(overlay);
            }
            for (width, height) in (1..=20).map(|n| (n * 8, n * 3)).chain([
                (1, 1),
                (200, 4),
                (4, 200),
                (40, 8),
                (59, 8),
            ]) {
                stage.send(Msg::Resize { width, height });
                stage.buffer();
            }
        }
    }
}
