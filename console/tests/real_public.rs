//! Strangers check the server by a public certificate (F1.7): with curl, which is told one root and
//! nothing else, and never `-k`. The choice by name and protocol is tested in `testbed/tests/public.rs`.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod lab;

use lab::{Lab, PATIENCE, have, wait};
use std::fs::Permissions;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use testbed::PublicAuthority;

const NAME: &str = "tun.example.eu";
const DAY: Duration = Duration::from_secs(86_400);
/// Halves of the answer of [`in_two_halves`].
const HALF: usize = 100_000;

/// A lab whose server has a public certificate for [`NAME`].
struct Known {
    lab: Lab,
    authority: PublicAuthority,
}

impl Known {
    fn new() -> Self {
        let mut lab = Lab::straight("the server has a public name of its own");
        let authority = PublicAuthority::new(lab.dir.path()).unwrap();
        let pair = authority.issue("site", &[NAME], DAY * 90).unwrap();
        let (certificate, key) = (pair.certificate.to_str().unwrap(), pair.key.to_str().unwrap());
        let args = ["--tls-cert", certificate, "--tls-key", key, "--public-name", NAME];
        lab.server_args = args.map(str::to_owned).to_vec();
        lab.start_server("127.0.0.1:0");
        Self { lab, authority }
    }

    fn port(&self) -> &str {
        self.lab.address.rsplit(':').next().unwrap()
    }

    /// curl that knows one root and where the name is.
    fn curl(&self) -> Command {
        let mut curl = Command::new("curl");
        let at = format!("{NAME}:{}:127.0.0.1", self.port());
        curl.args(["-sS", "--max-time", "30", "--resolve", &at]);
        curl
    }

    /// `/healthz` by the public name.
    fn health(&self) -> Output {
        let url = format!("https://{NAME}:{}/healthz", self.port());
        let mut curl = self.curl();
        curl.args(["--noproxy", "*", "--cacert"]).arg(self.authority.root_file());
        curl.arg(url).output().unwrap()
    }

    /// The serial number of the certificate that strangers are shown.
    fn serial(&self) -> String {
        let mut openssl = Command::new("openssl");
        openssl.args(["s_client", "-connect", &self.lab.address, "-servername", NAME]);
        let out = openssl.stdin(Stdio::null()).stderr(Stdio::null()).output().unwrap();
        let mut x509 = Command::new("openssl");
        let x509 = x509.args(["x509", "-noout", "-serial"]);
        let mut x509 = x509.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        x509.stdin.take().unwrap().write_all(&out.stdout).unwrap();
        let out = x509.wait_with_output().unwrap();
        String::from_utf8(out.stdout).unwrap().trim().to_owned()
    }
}

/// A web server for one request: half an answer, the other half when it is told to.
fn in_two_halves() -> (u16, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (begun, has_begun) = mpsc::channel();
    let (go_on, told) = mpsc::channel();
    std::thread::spawn(move || {
        let (mut tcp, _) = listener.accept().unwrap();
        let mut head = [0; 4096];
        assert!(tcp.read(&mut head).unwrap() > 0);
        let length = 2 * HALF;
        write!(tcp, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n")
            .unwrap();
        tcp.write_all(&[b'1'; HALF]).unwrap();
        begun.send(()).unwrap();
        told.recv().unwrap();
        tcp.write_all(&[b'2'; HALF]).unwrap();
    });
    (port, has_begun, go_on)
}

#[test]
fn curl_checks_the_server_by_a_public_root_and_a_renewal_drops_no_connection() {
    if !have("curl") || !have("openssl") {
        return;
    }
    let known = Known::new();
    let lab = &known.lab;
    let out = known.health();
    assert_eq!((out.status.code(), out.stdout.as_slice()), (Some(0), &b"ok\n"[..]), "{out:?}");

    // Nodes and operators are told the same name; they go by the root that they pinned.
    let at = format!("127.0.0.1:{}", known.port());
    lab.enroll("web1", &["--server", &at]);
    let _agent = lab.agent("web1");
    let identity = lab.path("config").join("tunnelctl/contexts/local/identity.pem");

    // The CONNECT proxy by the same name, with a download that lasts beyond the renewal.
    let (target, begun, go_on) = in_two_halves();
    let mut curl = known.curl();
    let proxy = format!("https://{NAME}:{}", known.port());
    curl.args(["--noproxy", "", "--proxytunnel", "--proxy", &proxy, "--proxy-cacert"]);
    curl.arg(known.authority.root_file()).arg("--proxy-cert").arg(&identity);
    curl.arg("--proxy-key").arg(&identity).arg(format!("http://web1:{target}/"));
    let download = curl.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    begun.recv_timeout(PATIENCE).unwrap();

    let before = known.serial();
    known.authority.issue("site", &[NAME], DAY * 90).unwrap();
    let server = lab.server.as_ref().unwrap();
    server.signal("-HUP");
    wait("the new certificate", PATIENCE, || (known.serial() != before).then_some(()));
    assert_eq!(known.health().stdout, b"ok\n");
    go_on.send(()).unwrap();
    let out = download.wait_with_output().unwrap();
    assert!(out.status.success(), "{out:?}");
    let halves: Vec<u8> = [[b'1'; HALF], [b'2'; HALF]].concat();
    assert!(out.stdout == halves, "{} bytes", out.stdout.len());

    // Without being told, too: what renews certificates need not know us.
    let before = known.serial();
    known.authority.issue("site", &[NAME], DAY * 90).unwrap();
    wait("the next certificate", PATIENCE, || (known.serial() != before).then_some(()));
    let status = lab.ok(&["server", "status"]);
    assert!(status.contains("public tun.example.eu"), "{status}");
}

#[test]
fn bad_files_on_sighup_leave_what_was_and_show_in_status_doctor_and_metrics() {
    if !have("curl") || !have("openssl") {
        return;
    }
    let known = Known::new();
    let lab = &known.lab;
    let before = known.serial();
    let foreign = known.authority.issue("foreign", &[NAME], DAY).unwrap();
    std::fs::copy(foreign.key, lab.path("site.key")).unwrap();
    let server = lab.server.as_ref().unwrap();
    server.signal("-HUP");
    let said = "the key is not the certificate's";
    let status = wait("the finding", PATIENCE, || {
        Some(lab.ok(&["server", "status"])).filter(|status| status.contains(said))
    });
    assert!(status.contains("tls-cert") && status.contains("site.key"), "{status}");
    assert_eq!(known.serial(), before);
    assert_eq!(known.health().stdout, b"ok\n");
    assert!(server.output().contains("public certificate kept as it was"), "{}", server.output());

    let doctor = lab.json(&["doctor", "-o", "json"]);
    let health = doctor["checks"].as_array().unwrap().iter().find(|c| c["id"] == "health").unwrap();
    assert_eq!(health["status"], "warn", "{doctor:#}");
    assert!(health["message"].as_str().unwrap().contains(said), "{doctor:#}");
    assert_eq!(lab.run(["doctor", "--strict"]).status.code(), Some(10));
}

#[test]
fn a_server_does_not_start_with_a_pair_that_is_no_good_and_says_why_in_a_line() {
    let lab = Lab::new();
    let authority = PublicAuthority::new(lab.dir.path()).unwrap();
    let good = authority.issue("good", &[NAME], DAY).unwrap();
    let other = authority.issue("other", &[NAME], DAY).unwrap();
    let now = time::OffsetDateTime::now_utc();
    let ended = authority.issue_between("ended", &[NAME], (now - DAY * 2, now - DAY)).unwrap();
    let loose = authority.issue("loose", &[NAME], DAY).unwrap();
    std::fs::set_permissions(&loose.key, Permissions::from_mode(0o644)).unwrap();
    let no_key = lab.path("no-key.pem");
    std::fs::copy(&good.certificate, &no_key).unwrap();
    std::fs::set_permissions(&no_key, Permissions::from_mode(0o600)).unwrap();
    let missing = lab.path("missing.pem");
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let dir = lab.text("server");
    for (certificate, key, code, said) in [
        (&good.certificate, &other.key, 1, "the key is not the certificate's"),
        (&ended.certificate, &ended.key, 1, "the certificate ended on"),
        (&loose.certificate, &loose.key, 2, "chmod 600"),
        (&missing, &good.key, 3, "missing.pem: No such file"),
        (&good.certificate, &missing, 3, "missing.pem: No such file"),
        (&good.key, &good.key, 1, "holds no certificate"),
        (&good.certificate, &no_key, 1, "holds no private key"),
    ] {
        for verb in [&["run"][..], &["config", "check"]] {
            let (certificate, key) = (text(certificate), text(key));
            let pair = ["--dir", &dir, "--tls-cert", &certificate, "--tls-key", &key];
            let (exit, told) = lab.fails(&[&["server"], verb, &pair].concat());
            assert_eq!(exit, code, "{verb:?}: {told}");
            let errors: Vec<_> = told.lines().filter(|line| line.starts_with("error")).collect();
            assert!(errors.len() == 1 && told.contains(said), "{verb:?}: {told}");
        }
    }
    let alone = text(&good.certificate);
    let (exit, told) = lab.fails(&["server", "run", "--dir", &dir, "--tls-cert", &alone]);
    assert_eq!(exit, 2, "{told}");
    assert!(told.contains("tls_cert: 1 with 0 in tls_key"), "{told}");
    assert!(!lab.path("server").exists(), "nothing was made by a start that failed");
    let (certificate, key) = (text(&good.certificate), text(&good.key));
    let pair = ["--dir", &dir, "--tls-cert", &certificate, "--tls-key", &key];
    lab.ok(&[&["server", "config", "check"], &pair[..]].concat());
}
