// Tests may stop at the first thing that is not as it should be.
#![allow(clippy::unwrap_used, clippy::expect_used)]
use super::*;

fn set(dir: &Path, key: &str, values: &[&str]) -> Result<(), ConfigError> {
    let values: Vec<String> = values.iter().map(|v| (*v).to_owned()).collect();
    Config::set(dir, key, &values)
}

#[test]
fn nothing_written_means_the_node_itself() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config::load(dir.path()).unwrap();
    assert_eq!(config.allow, ["localhost:*"]);
    assert_eq!((config.server.len(), config.tunnels), (0, DEFAULT_TUNNELS));
}

#[test]
fn an_unknown_key_is_named_with_the_file_and_the_nearest_one() {
    let dir = Path::new("/state");
    for (text, want) in [
        ("alow = []", "/state/agent.toml: alow: unknown key; did you mean allow?"),
        (
            "[limits]\ntunnel = 3",
            "/state/agent.toml: limits.tunnel: unknown key; did you mean limits.tunnels?",
        ),
        (
            "colour = 1",
            "/state/agent.toml: colour: unknown key; the keys are server, allow, reverse, labels, proxy, path, gateway.listen, gateway.allow, limits.tunnels, limits.gateway",
        ),
    ] {
        assert_eq!(Config::parse(dir, text).unwrap_err().to_string(), want);
    }
}

#[test]
fn a_value_that_is_not_valid_names_its_key() {
    let dir = Path::new("/state");
    for (text, key) in [
        ("proxy = \"socks5://a:1\"", "proxy"),
        ("path = \"quic\"", "path"),
        ("server = [\"443\"]", "server"),
        ("allow = [\"10.0.0.0/33:80\"]", "allow"),
        ("reverse = [\"127.0.0.1:*\"]", "reverse"),
        ("reverse = \"127.0.0.1:9000\"", "reverse"),
        ("labels = [\"a=1\", \"a=2\"]", "labels"),
        ("[limits]\ntunnels = 0", "limits.tunnels"),
        ("[limits]\ntunnels = 1000000", "limits.tunnels"),
        ("[limits]\ngateway = 0", "limits.gateway"),
        ("[gateway]\nlisten = [\"7443\"]\nallow = [\"10.0.0.0/8\"]", "gateway.listen"),
        ("[gateway]\nlisten = [\"10.0.0.1:7443\"]", "gateway.allow"),
        ("[gateway]\nlisen = []", "gateway.lisen: unknown key; did you mean gateway.listen?"),
        ("gateway = 3", "gateway"),
        ("limits = 3", "limits"),
        ("allow = \"localhost:*\"", "allow"),
        ("allow = [", "agent.toml"),
    ] {
        let error = Config::parse(dir, text).unwrap_err().to_string();
        assert!(error.contains(key), "{text}: {error}");
    }
}

#[test]
fn set_keeps_comments_and_other_keys() {
    let dir = tempfile::tempdir().unwrap();
    let text = "# ours\nallow = [\"localhost:22\"] # ssh only\n\n[limits]\n# few\ntunnels = 5\n";
    std::fs::write(dir.path().join(FILE), text).unwrap();
    set(dir.path(), "allow", &["10.0.0.0/8:443", "db.internal:5432"]).unwrap();
    set(dir.path(), "server", &["a.example:443"]).unwrap();
    set(dir.path(), "limits.tunnels", &["7"]).unwrap();
    let after = std::fs::read_to_string(dir.path().join(FILE)).unwrap();
    assert!(after.contains("# ours") && after.contains("# ssh only") && after.contains("# few"));
    let config = Config::load(dir.path()).unwrap();
    assert_eq!(config.allow, ["10.0.0.0/8:443", "db.internal:5432"]);
    assert_eq!((config.server, config.tunnels), (vec!["a.example:443".to_owned()], 7));
}

#[test]
fn set_on_an_empty_file_writes_a_file_that_loads() {
    let dir = tempfile::tempdir().unwrap();
    set(dir.path(), "limits.tunnels", &["9"]).unwrap();
    set(dir.path(), "labels", &["edge", "ring=2"]).unwrap();
    let config = Config::load(dir.path()).unwrap();
    assert_eq!((config.tunnels, pairs(&config.labels)), (9, vec!["edge".into(), "ring=2".into()]));
}

#[test]
fn the_listeners_of_operators_are_granted_and_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    assert!(Config::load(dir.path()).unwrap().reverse.is_empty(), "none by default");
    set(dir.path(), "reverse", &["127.0.0.1:9000-9010", "[::1]:80"]).unwrap();
    assert_eq!(Config::load(dir.path()).unwrap().reverse, ["127.0.0.1:9000-9010", "[::1]:80"]);
    set(dir.path(), "reverse", &[""]).unwrap();
    assert!(Config::load(dir.path()).unwrap().reverse.is_empty());
    assert!(set(dir.path(), "reverse", &["", "127.0.0.1:80"]).is_err());
}

#[test]
fn a_refused_value_leaves_the_file_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    set(dir.path(), "allow", &["localhost:22"]).unwrap();
    let before = std::fs::read(dir.path().join(FILE)).unwrap();
    for (key, values) in
        [("allow", &["nonsense"][..]), ("limits.tunnels", &["many"]), ("alow", &["localhost:22"])]
    {
        assert!(set(dir.path(), key, values).is_err(), "{key}");
    }
    assert_eq!(std::fs::read(dir.path().join(FILE)).unwrap(), before);
}

#[test]
fn what_is_shown_loads_again_and_names_origins() {
    let dir = tempfile::tempdir().unwrap();
    set(dir.path(), "allow", &["localhost:22", "[::1]:80"]).unwrap();
    let shown = Config::show(dir.path()).unwrap();
    assert!(shown.contains("# agent.toml") && shown.contains("# default"), "{shown}");
    assert_eq!(shown.matches("[limits]").count(), 1, "{shown}");
    let again = Config::parse(dir.path(), &shown).unwrap();
    assert_eq!(again.allow, ["localhost:22", "[::1]:80"]);
}
