//! What people do with a node: each scenario checks that it was the right site that answered.

use crate::Sizes;
use crate::machine::{sh, sh_within, start, wait};
use crate::sites::Site;
use anyhow::{Result, bail, ensure};
use std::time::{Duration, Instant};

/// How long a node may take to appear.
const PATIENCE: Duration = Duration::from_secs(30);

/// Enrols the site's node and starts its agent, once; later it finds it running.
pub(crate) fn join(site: &Site) -> Result<()> {
    let name = site.name;
    if sh("operator", &format!("tunnelctl nodes get {name} -q")).is_err() {
        let token = token(name)?;
        let services = site.services;
        sh(
            &site.node(),
            &format!(
                "TUNNELCTL_TOKEN={token} tunnelctl enroll ${{SERVER:+--server $SERVER}} --name {name} \
                 --allow '{services}:*'"
            ),
        )?;
        start(&site.node(), "exec tunnelctl agent run 2>/var/log/agent.log")?;
    }
    sh("operator", &format!("tunnelctl nodes wait {name} --for online --timeout 30s"))?;
    publish(site)
}

/// The site's web server on a port of its own, for everybody on this internet.
fn publish(site: &Site) -> Result<()> {
    let (name, services) = (site.name, site.services);
    if sh("operator", &format!("tunnelctl ports get web-{name} -q")).is_ok() {
        return Ok(());
    }
    sh(
        "operator",
        &format!("tunnelctl ports create web-{name} --node {name} --to '{services}:80'"),
    )?;
    let rule = "tunnelctl rules create --allow --who anyone --from 203.0.113.0/24 --port";
    sh("operator", &format!("{rule} web-{name}")).map(drop)
}

fn token(name: &str) -> Result<String> {
    sh("operator", &format!("tunnelctl tokens create --name {name}-$RANDOM$RANDOM -q"))
}

/// From the start of `enroll` until the node is online: another identity of the same machine, which
/// is revoked and removed again.
pub(crate) fn enrol(site: &Site, _: Sizes) -> Result<f64> {
    let name = format!("{}-again", site.name);
    let token = token(&name)?;
    let begun = Instant::now();
    let run = format!(
        "rm -rf /tmp/again; TUNNELCTL_TOKEN={token} tunnelctl enroll ${{SERVER:+--server $SERVER}} \
         --state-dir /tmp/again --name {name}"
    );
    sh(&site.node(), &run)?;
    start(&site.node(), "exec tunnelctl agent run --state-dir /tmp/again 2>/dev/null")?;
    let online = format!("tunnelctl nodes is-online {name}");
    let seen = wait("online", PATIENCE, || sh("operator", &online).map(Some));
    let took = begun.elapsed();
    sh(
        "operator",
        &format!(
            "tunnelctl revoke node {name} --confirm {name} --reason scenario && tunnelctl nodes delete {name} --yes"
        ),
    )?;
    seen?;
    Ok(millis(took))
}

/// The way out that the node found, and what a round trip on it takes.
pub(crate) fn way(site: &Site, _: Sizes) -> Result<f64> {
    let path = sh("operator", &format!("tunnelctl nodes path {} -o jsonl", site.name))?;
    let rung = format!("\"rung\":\"{}\"", site.way);
    ensure!(path.contains(&rung), "not by {}: {path}", site.way);
    let rtt = path.split("\"rtt_ms\":").nth(1).unwrap_or_default();
    let digits: String = rtt.chars().take_while(char::is_ascii_digit).collect();
    Ok(digits.parse().unwrap_or_default())
}

/// psql through a forward: the whole command.
pub(crate) fn forward(site: &Site, _: Sizes) -> Result<f64> {
    let psql = "-h {host} -p {port} -U app -Atc 'select name from site' app";
    let (name, services) = (site.name, site.services);
    says(site, &format!("tunnelctl forward -q {name} 0:{services}:5432 --exec psql -- {psql}"))
}

/// A web page by the published port.
pub(crate) fn port(site: &Site, _: Sizes) -> Result<f64> {
    let number = "$(tunnelctl ports get web-SITE -o json | sed 's/.*\"public\":{[^}]*\"port\":\\([0-9]*\\).*/\\1/')"
        .replace("SITE", site.name);
    says(site, &format!("curl -sf -m 20 http://203.0.113.10:{number}/"))
}

/// A web page and a key of Redis by SOCKS.
pub(crate) fn socks(site: &Site, _: Sizes) -> Result<f64> {
    let (name, services) = (site.name, site.services);
    let script = format!(
        "ready=$(mktemp -u); tunnelctl socks {name} --listen 127.0.0.1:0 --ready-file $ready >/dev/null 2>&1 & \
         trap 'kill %1' EXIT; until [ -s $ready ]; do sleep 0.02; done; \
         curl -sf -m 20 --socks5-hostname $(cat $ready) http://{services}/"
    );
    says(site, &script)
}

/// A key of the operator's own Redis, read at the node: from the start of `reverse` to the answer.
pub(crate) fn reverse(site: &Site, _: Sizes) -> Result<f64> {
    let (name, node) = (site.name, site.node());
    sh(&node, "tunnelctl agent config set reverse 127.0.0.1:9000 && pkill -HUP -x tunnelctl")?;
    let redis = "redis-cli -p 6399 ping || redis-server --port 6399 --save '' --daemonize yes";
    sh("operator", &format!("flock -o /run/redis bash -c \"{redis}\" >/dev/null"))?;
    let set = format!("redis-cli -p 6399 set site-{name} {name}");
    wait("the operator's Redis", PATIENCE, || sh("operator", &set).map(Some))?;
    let begun = Instant::now();
    let run = format!("exec tunnelctl reverse -q {name} 127.0.0.1:9000 127.0.0.1:6399");
    start("operator", &run)?;
    let get = format!("redis-cli -h 127.0.0.1 -p 9000 get site-{name}");
    let answer = wait("an answer at the node", PATIENCE, || sh(&node, &get).map(Some));
    let took = begun.elapsed();
    sh("operator", &format!("pkill -INT -f '[r]everse -q {name} '"))?;
    let (answer, _) = answer?;
    ensure!(answer == name, "the operator's Redis answered {answer:?}");
    Ok(millis(took))
}

/// Runs at the operator; the answer must be the site's name.
fn says(site: &Site, script: &str) -> Result<f64> {
    let begun = Instant::now();
    let answer = sh("operator", script)?;
    ensure!(answer.lines().last() == Some(site.name), "{} answered {answer:?}", site.name);
    Ok(millis(begun.elapsed()))
}

/// Megabytes per second towards the site, by ssh through `connect`, digests compared.
pub(crate) fn up(site: &Site, sizes: Sizes) -> Result<f64> {
    bulk(
        site,
        sizes,
        "SSH 'cat > /tmp/bulk' < /tmp/bulk",
        "SSH 'sha256sum < /tmp/bulk'",
        "sha256sum < /tmp/bulk",
    )
}

/// The other way round.
pub(crate) fn down(site: &Site, sizes: Sizes) -> Result<f64> {
    bulk(
        site,
        sizes,
        "SSH 'cat /tmp/bulk' > /tmp/bulk.back",
        "sha256sum < /tmp/bulk.back; rm /tmp/bulk.back",
        "sha256sum < /tmp/bulk",
    )
}

fn bulk(site: &Site, sizes: Sizes, copy: &str, there: &str, here: &str) -> Result<f64> {
    let bytes = sizes.bulk << 20;
    let within = Duration::from_secs(120 + sizes.bulk);
    // Random bytes, made once per size.
    let make = format!(
        "[ \"$(stat -c %s /tmp/bulk 2>/dev/null)\" = {bytes} ] || head -c {bytes} /dev/urandom > /tmp/bulk"
    );
    sh_within("operator", &make, within)?;
    let begun = Instant::now();
    sh_within("operator", &copy.replace("SSH", &ssh(site)), within)?;
    let took = begun.elapsed();
    let (there, here) = (there.replace("SSH", &ssh(site)), here.replace("SSH", &ssh(site)));
    ensure!(sh_within("operator", &there, within)? == sh("operator", &here)?, "the digests differ");
    Ok(count(bytes) / 1e6 / took.as_secs_f64())
}

/// A tunnel that stays silent for longer than the NAT remembers still works, unbroken.
pub(crate) fn idle(site: &Site, sizes: Sizes) -> Result<f64> {
    let seconds = sizes.idle.as_secs();
    let script = format!("{} 'sleep {seconds}; echo {}'", ssh(site), site.name);
    let answer = sh_within("operator", &script, sizes.idle + Duration::from_secs(60))?;
    ensure!(answer == site.name, "after {seconds} s of silence: {answer:?}");
    Ok(count(seconds))
}

/// Packets that reached the twin's services while this site's were used. Sites without a twin have none.
pub(crate) fn overlap(site: &Site, sizes: Sizes) -> Result<f64> {
    let Some(twin) = site.twin else { return Ok(0.0) };
    let services = format!("services-{twin}");
    let count = "iptables -nvxL INPUT | awk 'NR == 3 { print $1 }'";
    sh(&services, "iptables -F INPUT; iptables -A INPUT -p tcp ! -i lo")?;
    for _ in 0..5 {
        socks(site, sizes)?;
        forward(site, sizes)?;
        port(site, sizes)?;
    }
    let packets: u32 = sh(&services, count)?.parse()?;
    if packets > 0 {
        bail!("{packets} packets reached {twin}");
    }
    Ok(0.0)
}

/// The operator's ssh to the site's services.
fn ssh(site: &Site) -> String {
    let bare = site.services.trim_matches(['[', ']']);
    let proxy = format!("tunnelctl connect -q {} {}:%p", site.name, site.services);
    format!("ssh -o ProxyCommand='{proxy}' root@{bare}")
}

fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1e3
}

fn count(of: u64) -> f64 {
    f64::from(u32::try_from(of >> 10).unwrap_or(u32::MAX)) * 1024.0
        + f64::from(u32::try_from(of & 1023).unwrap_or(0))
}
