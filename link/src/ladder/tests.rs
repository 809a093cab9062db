#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use super::*;

fn ladder(proxy: Option<&str>) -> Ladder {
    let setting = Setting { proxy: proxy.map(Into::into), path: None };
    Ladder::new(Ways::new(&setting, |_| None).unwrap(), None)
}

fn planned(ladder: &Ladder, network: Network, now: UnixMs) -> Vec<String> {
    let servers = ["tun.example.eu:443".to_owned()];
    ladder.plan(&servers, network, now).iter().map(ToString::to_string).collect()
}

#[test]
fn a_known_way_is_trusted_twice_then_all_are_tried_with_it_first() {
    let ladder = ladder(Some("http://p:3128"));
    let (here, now) = (Network::of("192.168.1.0/24"), UnixMs(1000));
    let all = ["tls", "proxy via p:3128", "wss", "wss via p:3128"];
    assert_eq!(planned(&ladder, here, now), all);
    ladder.state().memory.keep(here, Rung::Wss, now);
    assert_eq!(planned(&ladder, here, now), all, "once may be a bad moment");
    ladder.state().memory.keep(here, Rung::Wss, now);
    assert_eq!(planned(&ladder, here, now), ["wss"]);
    let elsewhere = Network::of("10.0.0.0/24");
    assert_eq!(planned(&ladder, elsewhere, now), all, "another network, another way");
    ladder.state().failures = PATIENCE;
    let wss_first = ["wss", "tls", "proxy via p:3128", "wss via p:3128"];
    assert_eq!(planned(&ladder, here, now), wss_first);
    assert_eq!(planned(&ladder.clone().impatient(), here, now), wss_first);
    ladder.state().failures = 0;
    let next_day = now.after(Duration::from_secs(25 * 3600));
    assert_eq!(planned(&ladder, here, next_day), all, "the better ones get their chance");
}

#[test]
fn a_server_that_needs_no_proxy_is_not_asked_for_through_it() {
    let env = |name: &str| match name {
        "HTTPS_PROXY" => Some("http://p:3128".to_owned()),
        "NO_PROXY" => Some("example.eu".to_owned()),
        _ => None,
    };
    let ladder = Ladder::new(Ways::new(&Setting::default(), env).unwrap(), None);
    assert_eq!(planned(&ladder, Network::of("10.0.0.0/24"), UnixMs(1)), ["tls", "wss"]);
}
