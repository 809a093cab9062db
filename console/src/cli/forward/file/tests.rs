#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use super::*;

const GOOD: &str = r#"
[[forward]]
name = "db"
node = "web1"
kind = "local"
listen = "127.0.0.1:15432"
target = "10.20.4.11:5432"
on_drop = "hold=30s"
idle = "30m"
check = "tcp"
description = "orders database"

[[forward]]
name = "proxy"
label = "site=ber"
kind = "socks"
listen = "localhost:0"
http = true

[[forward]]
name = "app"
port = "production-db"
listen = "0"
check = "http:/health"
"#;

#[test]
fn the_documented_file_is_read() {
    let entries = parse(GOOD).unwrap();
    let db = &entries[0];
    assert_eq!(db.at, Where::Node("web1".to_owned()));
    assert_eq!(db.what, What::Local("10.20.4.11:5432".parse().ok()));
    assert_eq!(db.on_drop, Hold::Hold(Duration::from_secs(30)));
    assert_eq!((db.idle, &db.check), (Some(Duration::from_secs(1800)), &Check::Tcp));
    assert_eq!(entries[1].at, Where::Label("site".to_owned(), "ber".to_owned()));
    assert_eq!(entries[1].what, What::Socks { dns: Dns::Remote, http: true, auth_file: None });
    assert_eq!(entries[1].listen.to_string(), "127.0.0.1:0");
    assert_eq!(entries[2].check, Check::Http("/health".to_owned()));
    assert_eq!(parse("").unwrap(), []);
    let here = GOOD.replacen("http = true", "dns = \"local\"", 1);
    let here = parse(&here).unwrap().remove(1).what;
    assert_eq!(here, What::Socks { dns: Dns::Local, http: false, auth_file: None });
}

#[test]
fn a_listener_at_a_node_is_meant_and_named() {
    let of = |listen: &str, more: &str| {
        parse(&format!(
            "[[forward]]\nname = \"r\"\nnode = \"web1\"\nkind = \"reverse\"\nlisten = \"{listen}\"\ntarget = \"localhost:3000\"\n{more}"
        ))
    };
    let target = "localhost:3000".parse().unwrap();
    assert_eq!(of("127.0.0.1:9000", "").unwrap()[0].what, What::Reverse(target));
    assert!(of("0.0.0.0:9000", "guest_visible = true").is_ok());
    for (listen, more, what) in [
        ("127.0.0.1:0", "", "not 0"),
        ("0.0.0.0:9000", "", "guest_visible"),
        ("127.0.0.1:9000", "check = \"tcp\"", "only for kind"),
    ] {
        let wrong = of(listen, more).unwrap_err();
        assert!(wrong.what.contains(what), "{wrong:?}");
    }
}

#[test]
fn one_user_is_told_from_another_only_on_this_machine() {
    let with =
        |text: &str| parse(&text.replacen("[[forward]]", "[[forward]]\nsame_user = true", 1));
    assert!(with(GOOD).unwrap()[0].same_user);
    assert!(!parse(GOOD).unwrap()[0].same_user);
    let far = GOOD.replacen("listen = \"127.0.0.1:15432\"", "listen = \"0.0.0.0:15432\"", 1);
    assert!(with(&far).unwrap_err().what.contains("other machines"));
}

#[test]
fn a_target_may_be_had_at_a_path() {
    let of = |from: &str, to: &str, more: &str| {
        let text =
            GOOD.replacen(from, to, 1).replacen("[[forward]]", &format!("[[forward]]\n{more}"), 1);
        parse(&text)
    };
    let path = "listen = \"unix:/run/user/1000/db.sock\"";
    let entries = of("listen = \"127.0.0.1:15432\"", path, "").unwrap();
    assert_eq!(entries[0].listen, Place::Path("/run/user/1000/db.sock".into()));
    for (from, to, more, what) in [
        ("listen = \"127.0.0.1:15432\"", path, "allow_from = [\"10.0.0.0/8\"]", "no address"),
        ("listen = \"localhost:0\"", path, "", "only for kind = \"local\""),
        ("listen = \"127.0.0.1:15432\"", "listen = \"unix:db.sock\"", "", "the whole path"),
    ] {
        let wrong = of(from, to, more).unwrap_err();
        assert!(wrong.what.contains(what), "{to}: {wrong:?}");
    }
    let twice = GOOD.replacen("listen = \"127.0.0.1:15432\"", path, 1);
    let wrong = parse(&twice.replacen("listen = \"0\"", path, 1)).unwrap_err();
    assert!(wrong.what.contains("db listens on unix:/run/user/1000/db.sock already"), "{wrong:?}");
}

#[test]
fn what_is_wrong_is_named_with_its_line_and_entry() {
    for (from, to, line, what) in [
        ("target = \"10.20.4.11:5432\"", "target = \"x:y\"", 7, "forward \"db\": target: a target"),
        (
            "idle = \"30m\"",
            "idel = \"30m\"",
            9,
            "forward \"db\": idel: unknown key; did you mean idle?",
        ),
        ("on_drop = \"hold=30s\"", "on_drop = 30", 8, "on_drop: is a text in quotes"),
        ("listen = \"127.0.0.1:15432\"", "", 2, "forward \"db\": listen: has to be there"),
        ("name = \"proxy\"", "name = \"db\"", 13, "forward \"db\": the name is there twice"),
        ("listen = \"0\"", "listen = \"127.0.0.1:15432\"", 20, "forward \"app\": db listens on"),
        ("label = \"site=ber\"", "", 13, "forward \"proxy\": node: one of node, label and port"),
        ("kind = \"socks\"", "kind = \"sock\"", 18, "http: only for kind = \"socks\""),
        (
            "port = \"production-db\"",
            "node = \"a\"",
            20,
            "forward \"app\": target: has to be there",
        ),
        (
            "kind = \"local\"",
            "kind = \"revers\"",
            5,
            "forward \"db\": kind: local, socks or reverse",
        ),
        ("kind = \"local\"", "kind = local", 5, ""),
        ("[[forward]]\nname = \"db\"", "[[forwards]]\nname = \"db\"", 2, "forwards: unknown"),
    ] {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "{from}");
        let wrong = parse(&text).unwrap_err();
        assert_eq!(wrong.line, line, "{to}: {wrong:?}");
        assert!(wrong.what.contains(what), "{to}: {wrong:?}");
    }
}
