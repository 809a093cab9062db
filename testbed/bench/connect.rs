//! `tunnelctl connect` as ssh starts it: a process of its own, from its start to the first byte of
//! an answer.

use crate::ours::{NODE, Ours};
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::time::timeout;

/// Starts that are measured.
const STARTS: usize = 20;
const PATIENCE: Duration = Duration::from_secs(20);

/// The released program beside this one, if it was built.
pub(crate) fn program() -> Option<PathBuf> {
    let path = std::env::current_exe().ok()?.with_file_name("tunnelctl");
    path.exists().then_some(path)
}

/// Milliseconds to the first byte, the median of some starts.
pub(crate) async fn first_byte(ours: &Ours, echo: u16) -> Result<f64> {
    let program = program().context("tunnelctl is not built")?;
    let admin = ours.data().join("admin");
    let identity = admin.join("bench.pem");
    let mut text = Vec::new();
    for file in [admin.join("key.pem"), admin.join("cert.pem"), ours.data().join("ca.pem")] {
        text.extend(std::fs::read(&file).with_context(|| file.display().to_string())?);
    }
    pki::files::write_atomic(&identity, &text, 0o600)?;
    let mut took = Vec::new();
    for _ in 0..STARTS {
        let mut command = Command::new(&program);
        command.args(["--server", &ours.address, "connect", NODE, &format!("127.0.0.1:{echo}")]);
        command.arg("--identity").arg(&identity);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let start = Instant::now();
        let mut child = command.spawn()?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let (mut stdin, mut stdout) = stdin.zip(stdout).context("no pipes")?;
        stdin.write_all(b"x").await?;
        timeout(PATIENCE, stdout.read_u8()).await.context("no answer in time")??;
        took.push(start.elapsed().as_secs_f64() * 1e3);
        drop(stdin);
        timeout(PATIENCE, child.wait()).await.context("connect did not end")??;
    }
    took.sort_by(f64::total_cmp);
    took.get(STARTS / 2).copied().context("nothing was measured")
}
