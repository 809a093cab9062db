//! The file over the defaults: every key, every refusal.

// A failing step of a test is the test's failure.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::harness::Parser;

fn load(text: &str) -> Result<Config, ConfigError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("server.toml");
    std::fs::write(&path, text).unwrap();
    Config::load("/data".into(), &path)
}

#[test]
fn an_empty_file_means_the_defaults() {
    let config = load("").unwrap();
    assert_eq!(config, Config::new("/data".into()));
    assert_eq!(config.listen, ["[::]:7443".parse().unwrap()]);
    assert_eq!(config.metrics, Metrics::Default("127.0.0.1:9464".parse().unwrap()));
    assert_eq!(config.dead_after, Duration::from_secs(24));
}

#[test]
fn every_key_is_read() {
    let config = load(
        r#"
        listen = ["0.0.0.0:443", "::1"]
        public_names = "tun.example.eu"
        tls_cert = ["/etc/a.pem", "/etc/b.pem"]
        tls_key = ["/etc/a.key", "/etc/b.key"]
        port_range = "30000-30010"
        metrics = "off"
        admin = "mira"
        heartbeat = "5s"
        dead_after = 12
        warm_lanes = 0
        trusted_proxies = ["192.0.2.10", "2001:db8::/64"]
        penalty_exempt = ["10.0.0.0/8", "192.0.2.7"]
        "#,
    )
    .unwrap();
    assert_eq!(config.listen, ["0.0.0.0:443".parse().unwrap(), "[::1]:7443".parse().unwrap()]);
    assert_eq!(config.public_names, ["tun.example.eu"]);
    let pairs: Vec<_> = config.tls_pairs().map(|p| (p.certificate, p.key)).collect();
    let pair = |name: &str| (format!("/etc/{name}.pem").into(), format!("/etc/{name}.key").into());
    assert_eq!(pairs, [pair("a"), pair("b")]);
    assert_eq!(config.port_range, (30_000, 30_010));
    assert_eq!(config.metrics, Metrics::Off);
    assert_eq!(config.admin, "mira");
    assert_eq!((config.heartbeat.as_secs(), config.dead_after.as_secs()), (5, 12));
    assert_eq!(config.warm_lanes, 0);
    let exempt = ["10.0.0.0/8", "192.0.2.7/32"].map(|net| net.parse().unwrap());
    assert_eq!(config.penalty_exempt, exempt);
    let balancers = ["192.0.2.10/32", "2001:db8::/64"].map(|net| net.parse().unwrap());
    assert_eq!(config.trusted_proxies, balancers);
    let explicit = load("metrics = \"127.0.0.1:1\"").unwrap().metrics;
    assert_eq!(explicit, Metrics::Explicit("127.0.0.1:1".parse().unwrap()));
    assert_eq!(load("port_range = [1, 65535]").unwrap().port_range, (1, 65_535));
}

#[test]
fn what_is_wrong_is_named() {
    for (text, said) in [
        ("lisen = \"[::]:1\"", "lisen: unknown key; did you mean listen?"),
        ("port-range = \"1-2\"", "port-range: unknown key; did you mean port_range?"),
        ("colour = 1", "colour: unknown key; the keys are listen, "),
        ("penalty_exempt = \"10/8\"", "penalty_exempt: \"10/8\" is not CIDR"),
        ("listen = []", "listen: at least one address"),
        ("listen = 7443", "listen: 7443 is not a string"),
        ("listen = \"web1:7443\"", "listen: \"web1:7443\" is not ADDRESS:PORT"),
        ("public_names = [\"a b\"]", "public_names: \"a b\" is not HOST"),
        ("public_names = [\"a:0\"]", "public_names: \"a:0\" is not HOST"),
        ("tls_cert = \"a\"", "tls_cert: 1 with 0 in tls_key: each needs its own"),
        ("tls_key = [\"a\", \"b\"]", "tls_cert: 0 with 2 in tls_key"),
        ("port_range = \"2-1\"", "port_range: 2-1 is not FIRST-LAST"),
        ("port_range = \"0-1\"", "port_range: 0-1 is not FIRST-LAST"),
        ("port_range = [1, 65536]", "port_range: 65536 is not a number in range"),
        ("admin = \"Mira\"", "admin: a name is"),
        ("heartbeat = \"ten\"", "heartbeat: \"ten\": "),
        ("heartbeat = 61", "heartbeat: must be"),
        ("heartbeat = -1", "heartbeat: -1 is not a time"),
        ("dead_after = \"19s\"", "dead_after: must be from two heartbeats"),
        ("warm_lanes = 5", "warm_lanes: must be from 0 to 4"),
        ("metrics = true", "metrics: true is neither"),
        ("listen = ", "server.toml: "),
    ] {
        let error = load(text).unwrap_err().to_string();
        assert!(error.contains(said), "{text}: {error}");
    }
    let missing = Config::load("/data".into(), Path::new("/no/such/file")).unwrap_err();
    assert!(matches!(missing, ConfigError::Missing { .. }), "{missing:?}");
    assert!(missing.to_string().starts_with("/no/such/file: "), "{missing}");
    let wrong = load("warm_lanes = 5").unwrap_err().to_string();
    assert!(wrong.contains("server.toml: warm_lanes: "), "{wrong}");
}

#[test]
fn public_names_may_be_names_or_addresses_with_or_without_a_port() {
    for good in [
        "tun.example.eu",
        "tun.example.eu:443",
        "192.0.2.1",
        "192.0.2.1:443",
        "::1",
        "[::1]:443",
        "[::1]",
    ] {
        assert!(is_public_name(good), "{good}");
    }
    for bad in ["", ":443", "a:70000", "a b", "[::1", "1:2:3"] {
        assert!(!is_public_name(bad), "{bad}");
    }
}

#[test]
fn server_toml_survives_mutation() {
    Parser::new("server-toml", 16 * 1024).survives(|input| {
        let text = String::from_utf8_lossy(input);
        let path = Path::new("server.toml");
        let Ok(config) = Config::parse("/data".into(), path, &text) else { return };
        config.check().unwrap();
        assert!(!config.listen.is_empty() && config.port_range.0 > 0);
    });
}
