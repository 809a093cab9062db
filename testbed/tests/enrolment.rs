//! Enrolment, end to end: exactly once, pinned, answered again after a lost reply, nothing half-applied.
// A failed step of a test is the test's failure.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_possible_truncation
)]

use agent::enrol::{EnrolError, EnrolSpec, Step, enrol};
use link::enrol::{Enrol, operator};
use pki::{KeyPair, Token};
use std::path::Path;
use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::{Fleet, until};
use tokio::task::JoinSet;
use tokio::time::Instant;
use wire::message::enrol::EnrolReply;
use wire::message::operator::{Intent, Reply, Request, TokenChange};
use wire::message::view::{NodeState, PendingView, TokenKind};
use wire::{Labels, RefusalCode};

fn spec(dir: &Path, token: &str, name: &str) -> EnrolSpec {
    EnrolSpec {
        dir: dir.to_owned(),
        token: token.to_owned(),
        servers: Vec::new(),
        ca_pin: None,
        name: Some(name.parse().unwrap()),
        labels: Labels::default(),
        allow: Vec::new(),
        force: false,
        wait: Duration::ZERO,
        ways: Default::default(),
    }
}

fn refusal(error: &EnrolError) -> (RefusalCode, String) {
    match error {
        EnrolError::Refused(refusal) => (refusal.code, refusal.message.to_string()),
        other => panic!("not a refusal: {other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_enrols_and_comes_online_with_its_name() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    let view = fleet.view("web1").await.unwrap();
    assert_eq!(view.name.as_str(), "web1");
    assert!(view.state.is_connected());
    assert_eq!(view.generation.0, 1);
    fleet.finish().await.unwrap();
}

/// G15, T-03: 50 racing uses of each token; 1,000 rounds with TUNNELCTL_FULL.
#[tokio::test(flavor = "multi_thread")]
async fn one_token_makes_exactly_one_node_of_many_that_race() {
    const RACERS: usize = 50;
    let rounds = if std::env::var_os("TUNNELCTL_FULL").is_some() { 1_000 } else { 4 };
    let begun = Instant::now();
    for round in 0..rounds {
        // A fleet of its own: the losers of one round would be slowed in the next as guessers.
        let mut fleet = Fleet::start().await.unwrap();
        let token = fleet.token(&format!("race{round}")).await.unwrap();
        let token = Token::parse(&token).unwrap();
        let mut racers = JoinSet::new();
        for _ in 0..RACERS {
            let (secret, pin, servers) = (token.secret, token.ca_pin, token.addresses.clone());
            // One request with a key of its own each: what `enroll` sends, without its directory.
            racers.spawn(async move {
                let csr = KeyPair::generate().unwrap().csr().unwrap();
                operator(
                    Enrol {
                        servers,
                        ladder: Default::default(),
                        pin,
                        secret: &secret,
                        csr,
                        name: None,
                    },
                    "racer/1",
                )
                .await
            });
        }
        let (mut won, mut lost) = (0, 0);
        for reply in racers.join_all().await {
            match reply {
                Ok(EnrolReply::Node { .. }) => won += 1,
                Ok(EnrolReply::Refused(refusal)) => {
                    let denied = [RefusalCode::Denied, RefusalCode::Failed];
                    assert!(denied.contains(&refusal.code), "{refusal:?}");
                    lost += 1;
                }
                // Shed before the handshake: it may not have got in either.
                Err(_) => lost += 1,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((won, lost), (1, RACERS - 1), "round {round}");
        fleet.finish().await.unwrap();
    }
    println!("{rounds} rounds of {RACERS} racing uses, one success each: {:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_used_and_revoked_tokens_are_refused_with_one_text() {
    let mut fleet = Fleet::start().await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let used = fleet.token("used").await.unwrap();
    enrol(spec(&dir.path().join("a"), &used, "a"), |_| {}).await.unwrap();
    let revoked = fleet.token("revoked").await.unwrap();
    let request = Request::TokenRevoke { token: "revoked".into(), intent: Intent::default() };
    fleet.ask(request).await.unwrap();
    let pin = fleet.server().unwrap().admin().ca_pin;
    let address = fleet.address().unwrap().to_string();
    let unknown = Token::generate(pin, vec![address]).unwrap().reveal().to_string();
    let mut texts = Vec::new();
    for (n, token) in [used, revoked, unknown].iter().enumerate() {
        let spec = spec(&dir.path().join(format!("refused{n}")), token, &format!("refused{n}"));
        texts.push(refusal(&enrol(spec, |_| {}).await.unwrap_err()));
    }
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
    assert_eq!(texts[0].0, RefusalCode::Denied);
    let Reply::Nodes(nodes, _) = fleet.ask(Request::Nodes(page())).await.unwrap() else { panic!() };
    assert_eq!(nodes.len(), 1, "nothing half-applied");
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_fleet_never_leaves_the_machine() {
    let mut fleet = Fleet::start().await.unwrap();
    let other = Fleet::start().await.unwrap();
    let pin = other.server().unwrap().admin().ca_pin;
    let token = Token::generate(pin, vec![fleet.address().unwrap().to_string()]).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let error = enrol(spec(&dir.path().join("a"), &token.reveal(), "a"), |_| {}).await.unwrap_err();
    assert!(matches!(error, EnrolError::Dial(link::dial::DialError::WrongCa { .. })), "{error}");
    let head = match fleet
        .ask(Request::Audit {
            after: None,
            backwards: true,
            limit: 50,
            action: Some("token.".into()),
            since: None,
            until: None,
        })
        .await
        .unwrap()
    {
        Reply::Audit { events, .. } => events,
        other => panic!("{other:?}"),
    };
    assert!(head.is_empty(), "the token reached the wrong server: {head:?}");
    fleet.finish().await.unwrap();
    other.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_name_is_a_conflict_and_leaves_the_token_usable() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    let token = fleet.token("second").await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let error = enrol(spec(&dir.path().join("a"), &token, "web1"), |_| {}).await.unwrap_err();
    assert_eq!(refusal(&error).0, RefusalCode::Conflict);
    enrol(spec(&dir.path().join("a"), &token, "web2"), |_| {}).await.unwrap();
    fleet.finish().await.unwrap();
}

/// T-04: what a token is bound to is checked at the server, and each refusal leaves the token as it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_good_only_for_what_it_is_bound_to() {
    let mut fleet = Fleet::start().await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let code = async |token: &str, name: &str| {
        let spec = spec(&dir.path().join(format!("try-{name}")), token, name);
        refusal(&enrol(spec, |_| {}).await.unwrap_err()).0
    };
    let named = fleet.token_with("named", |t| t.binding.name_pattern = Some("web1".into()));
    let named = named.await.unwrap();
    assert_eq!(code(&named, "web2").await, RefusalCode::Denied);
    let far = fleet.token_with("far", |t| t.binding.from = vec!["192.0.2.0/24".into()]);
    let far = far.await.unwrap();
    assert_eq!(code(&far, "far").await, RefusalCode::Denied);
    let newer = fleet.token_with("newer", |t| t.binding.min_version = Some("99.0".into()));
    let newer = newer.await.unwrap();
    assert_eq!(code(&newer, "newer").await, RefusalCode::Denied);
    let person = fleet.token_with("person", |t| {
        t.kind = TokenKind::Operator;
        t.role = Some("admin".parse().unwrap());
        t.binding.name_pattern = Some("mira".into());
    });
    let person = Token::parse(&person.await.unwrap()).unwrap();
    let as_jon = ask(&person, Some("jon")).await;
    assert!(
        matches!(&as_jon, EnrolReply::Refused(r) if r.code == RefusalCode::Denied),
        "{as_jon:?}"
    );
    for name in ["named", "far", "newer", "person"] {
        let Reply::Token { token, .. } = fleet.ask(Request::Token(name.into())).await.unwrap()
        else {
            panic!()
        };
        assert_eq!(token.uses.left, 1, "{name}");
    }
    // Without a name it gets the one it is bound to; near enough it gets in.
    let unnamed = EnrolSpec { name: None, ..spec(&dir.path().join("ok"), &named, "web1") };
    assert_eq!(enrol(unnamed, |_| {}).await.unwrap().name.as_str(), "web1");
    let change = TokenChange { from: Some(vec!["127.0.0.0/8".into()]), ..TokenChange::default() };
    let update = Request::TokenUpdate { token: "far".into(), change, intent: Intent::default() };
    fleet.ask(update).await.unwrap();
    enrol(spec(&dir.path().join("near"), &far, "near"), |_| {}).await.unwrap();
    fleet.finish().await.unwrap();
}

/// One request of a person with this token and a new key.
async fn ask(token: &Token, name: Option<&str>) -> EnrolReply {
    let csr = KeyPair::generate().unwrap().csr().unwrap();
    let (servers, pin, secret) = (token.addresses.clone(), token.ca_pin, &token.secret);
    let name = name.map(|name| name.parse().unwrap());
    operator(Enrol { servers, ladder: Default::default(), pin, secret, csr, name }, "test/1")
        .await
        .unwrap()
}

/// T-04: neither the text nor the time tells what is wrong with a token.
#[tokio::test(flavor = "multi_thread")]
async fn refused_tokens_are_refused_in_the_same_words_and_the_same_time() {
    const EACH: usize = 15;
    let mut fleet = Fleet::start().await.unwrap();
    let used = Token::parse(&fleet.token("used").await.unwrap()).unwrap();
    assert!(matches!(ask(&used, None).await, EnrolReply::Node { .. }));
    let expired = fleet.token_with("expired", |token| token.ttl_ms = Some(1)).await.unwrap();
    let expired = Token::parse(&expired).unwrap();
    let unknown = Token::generate(used.ca_pin, used.addresses.clone()).unwrap();
    let mut texts = std::collections::HashSet::new();
    let mut times = Vec::new();
    for token in [&used, &expired, &unknown] {
        let mut took = Vec::new();
        for _ in 0..EACH / 3 {
            let start = Instant::now();
            match ask(token, None).await {
                EnrolReply::Refused(refusal) => {
                    texts.insert((refusal.message.to_string(), refusal.code as u8));
                }
                other => panic!("{other:?}"),
            }
            took.push(start.elapsed());
        }
        took.sort_unstable();
        times.push(took[took.len() / 2]);
    }
    println!("median time of a refusal: used, expired, unknown: {times:?}");
    assert_eq!(texts.len(), 1, "{texts:?}");
    // Loosely: other tests of the process take their turns on the same processors.
    let (least, most) = (times.iter().min().unwrap(), times.iter().max().unwrap());
    assert!(*most < *least * 4 + Duration::from_millis(50), "{times:?}");
    fleet.finish().await.unwrap();
}

async fn waiting(fleet: &mut Fleet) -> PendingView {
    let operator = fleet.operator().await.unwrap();
    let look = || async {
        match operator.request(Request::Pending(page())).await {
            Ok(Reply::Pending(mut pending, _)) => pending.pop(),
            _ => None,
        }
    };
    until("a waiting node", PATIENCE, look).await.unwrap().0
}

fn approval(spec: &mut wire::message::operator::TokenSpec) {
    spec.binding.require_approval = true;
    spec.uses = 2;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_waits_until_an_operator_compared_its_words() {
    let mut fleet = Fleet::start().await.unwrap();
    let token = fleet.token_with("careful", approval).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let spec = EnrolSpec { wait: PATIENCE, ..spec(&dir.path().join("a"), &token, "web1") };
    let mut shown = None;
    let mut machine = JoinSet::new();
    let (say, heard) = std::sync::mpsc::channel();
    machine.spawn(async move {
        enrol(spec, move |step| {
            if let Step::Key { fingerprint, words } = step {
                let _ = say.send((fingerprint, words));
            }
        })
        .await
    });
    let view = waiting(&mut fleet).await;
    if let Ok(told) = heard.try_recv() {
        shown = Some(told);
    }
    let (fingerprint, words) = shown.expect("the machine shows its fingerprint before it waits");
    assert_eq!((view.fingerprint.as_str(), view.words.as_str()), (&*fingerprint, &*words));
    assert_eq!(fleet.view("web1").await.unwrap().state, NodeState::Pending);
    let approve = |fingerprint: &str| Request::PendingApprove {
        node: "web1".into(),
        fingerprint: Some(fingerprint.into()),
        intent: Intent::default(),
    };
    let wrong = fleet.ask(approve("acid-acid-acid-acid")).await.unwrap_err().to_string();
    assert!(wrong.contains(&words), "{wrong}");
    fleet.ask(approve(&words.replace('-', " "))).await.unwrap();
    let enrolled = machine.join_next().await.unwrap().unwrap().unwrap();
    assert_eq!(enrolled.id, view.id);
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_was_turned_away_stays_out_and_leaves_its_name() {
    let mut fleet = Fleet::start().await.unwrap();
    let token = fleet.token_with("careful", approval).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut first = spec(&dir.path().join("a"), &token, "web1");
    let late = enrol(first.clone(), |_| {}).await.unwrap_err();
    assert!(matches!(late, EnrolError::NotApproved { .. }), "{late}");
    let deny = Request::PendingDeny { node: "web1".into(), intent: Intent::default() };
    fleet.ask(deny).await.unwrap();
    first.wait = PATIENCE;
    assert_eq!(refusal(&enrol(first, |_| {}).await.unwrap_err()).0, RefusalCode::Denied);
    // The token has a use left, for another machine with that name.
    let second = spec(&dir.path().join("b"), &token, "web1");
    assert!(matches!(enrol(second, |_| {}).await, Err(EnrolError::NotApproved { .. })));
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_after_the_tokens_end_still_counts() {
    let mut fleet = Fleet::start().await.unwrap();
    let token = fleet.token_with("careful", |spec| {
        approval(spec);
        spec.ttl_ms = Some(700);
    });
    let token = token.await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut spec = spec(&dir.path().join("a"), &token, "web1");
    assert!(matches!(enrol(spec.clone(), |_| {}).await, Err(EnrolError::NotApproved { .. })));
    let operator = fleet.operator().await.unwrap();
    until("the token's end", PATIENCE, || async {
        match operator.request(Request::Token("careful".into())).await {
            Ok(Reply::Token { token, .. }) => (token.state.as_str() == "expired").then_some(()),
            _ => None,
        }
    })
    .await
    .unwrap();
    let node = "web1".into();
    let approve = Request::PendingApprove { node, fingerprint: None, intent: Intent::default() };
    fleet.ask(approve).await.unwrap();
    spec.wait = PATIENCE;
    enrol(spec, |_| {}).await.unwrap();
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_who_logs_in_again_has_another_key_and_the_old_one_is_worth_nothing() {
    let mut fleet = Fleet::start().await.unwrap();
    let mut first = None;
    for time in ["one", "two"] {
        let token = fleet.token_with(time, |token| {
            token.kind = TokenKind::Operator;
            token.role = Some("admin".parse().unwrap());
            token.binding.name_pattern = Some("mira".into());
        });
        let token = Token::parse(&token.await.unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let (servers, pin) = (token.addresses.clone(), token.ca_pin);
        let csr = key.csr().unwrap();
        let asked = Enrol {
            servers,
            ladder: Default::default(),
            pin,
            secret: &token.secret,
            csr,
            name: None,
        };
        let EnrolReply::Operator { id, chain, trust, .. } =
            operator(asked, "test/1").await.unwrap()
        else {
            panic!()
        };
        let bundle = link::bundle::from_wire(trust);
        let roots = bundle.accept_pinned(&pin, link::Clock::wall(&link::System).0).unwrap();
        let trust = pki::Trust::of(roots).unwrap();
        let chain = chain.into_iter().map(|der| Vec::from(der).into()).collect();
        let credentials = link::tls::Credentials::new(chain, &key).unwrap();
        let tls = link::tls::ClientTls::authenticated(&trust, credentials).unwrap();
        let access = link::operator::Access { tls, ..fleet.access().unwrap() };
        let mira = link::operator::Operator::connect(&access, fleet.shutdown()).await.unwrap();
        assert_eq!(mira.whoami().operator.as_str(), "mira");
        match first.take() {
            None => first = Some((id, mira, access)),
            Some((was, old, access)) => {
                assert_eq!(id, was, "the same operator");
                tokio::time::timeout(PATIENCE, old.closed())
                    .await
                    .expect("the old key's connection");
                let again = link::operator::Operator::connect(&access, fleet.shutdown()).await;
                assert!(again.is_err(), "the old key got in");
                mira.request(Request::Logout(Intent::default())).await.unwrap();
                assert!(
                    mira.request(Request::Whoami).await.is_err(),
                    "logged out, and still heard"
                );
            }
        }
    }
    fleet.finish().await.unwrap();
}

fn page() -> wire::message::operator::Page {
    wire::message::operator::Page { after: None, limit: 100 }
}

/// A name, a token or a key of somebody else's is no way to become him.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_over_another_by_a_token_for_his_name_or_with_his_key() {
    let mut fleet = Fleet::start().await.unwrap();
    let person = |pattern: &'static str| {
        move |token: &mut wire::message::operator::TokenSpec| {
            token.kind = TokenKind::Operator;
            token.role = Some("admin".parse().unwrap());
            token.binding.name_pattern = Some(pattern.into());
        }
    };
    let code = |reply: &EnrolReply| match reply {
        EnrolReply::Refused(refusal) => refusal.code,
        other => panic!("{other:?}"),
    };
    let ask = async |token: &Token, key: &KeyPair| {
        let (servers, pin, csr) = (token.addresses.clone(), token.ca_pin, key.csr().unwrap());
        let asked = Enrol {
            servers,
            ladder: Default::default(),
            pin,
            secret: &token.secret,
            csr,
            name: None,
        };
        operator(asked, "test/1").await.unwrap()
    };
    // A token that was there before the operator was cannot mean him, and none means the local admin.
    let early = Token::parse(&fleet.token_with("early", person("mira")).await.unwrap()).unwrap();
    let own = Token::parse(&fleet.token_with("own", person("mira")).await.unwrap()).unwrap();
    let (mira, thief) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    assert!(matches!(ask(&own, &mira).await, EnrolReply::Operator { .. }));
    assert_eq!(code(&ask(&early, &thief).await), RefusalCode::Conflict);
    let admin = Token::parse(&fleet.token_with("admin", person("admin")).await.unwrap()).unwrap();
    assert_eq!(code(&ask(&admin, &thief).await), RefusalCode::Conflict);
    // His own key belongs to the token it came with.
    let more = Token::parse(&fleet.token_with("more", person("jon")).await.unwrap()).unwrap();
    assert_eq!(code(&ask(&more, &mira).await), RefusalCode::Conflict);
    assert_eq!(code(&ask(&own, &thief).await), RefusalCode::Denied, "a used token, another key");

    // The same for machines.
    let first = Token::parse(&fleet.token("first").await.unwrap()).unwrap();
    let second = Token::parse(&fleet.token("second").await.unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    assert!(matches!(ask(&first, &key).await, EnrolReply::Node { .. }));
    assert_eq!(code(&ask(&second, &key).await), RefusalCode::Conflict);
    assert_eq!(code(&ask(&first, &thief).await), RefusalCode::Denied);
    for name in ["early", "admin", "more", "second"] {
        let Reply::Token { token, .. } = fleet.ask(Request::Token(name.into())).await.unwrap()
        else {
            panic!()
        };
        assert_eq!(token.uses.left, 1, "{name} cost a use");
    }
    let trail = fleet.audit().await.unwrap();
    let denied = |why: &str| {
        let is = |e: &&wire::audit::AuditEvent| e.entry.data.get("why") == Some(&why.into());
        trail.iter().filter(is).count()
    };
    assert_eq!((denied("key already enrolled"), denied("key enrolled by another token")), (1, 1));
    fleet.finish().await.unwrap();
}
