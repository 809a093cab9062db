//! The counters of cli.md §6 as Prometheus text. Live gauges are read when somebody asks.

use crate::core::Core;
use crate::process::Process;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use wire::message::tunnel::TunnelType;
use wire::message::view::NodeState;
use wire::{CloseReason, DisconnectReason};

type Labelled<M> = Family<[(&'static str, &'static str); 1], M>;

/// The content type of [`Metrics::text`].
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All counters of the server.
pub(crate) struct Metrics {
    registry: Registry,
    pub(crate) process: Process,
    pub(crate) store_commit: Histogram,
    pub(crate) tunnel_mismatches: Counter,
    pub(crate) node_connects: Counter,
    nodes: Labelled<Gauge>,
    node_disconnects: Labelled<Counter>,
    tunnels_open: Gauge,
    tunnels_opened: Labelled<Counter>,
    tunnels_closed: Labelled<Counter>,
    bytes: Labelled<Counter>,
    tunnel_open: Histogram,
    handshakes: Labelled<Counter>,
    revocation_cut: Histogram,
    audit_records: Counter,
    panics: Counter,
    log_lines_dropped: Counter,
    ca_rotation_due: Gauge,
    issuing_expiry: Gauge,
    public_expiry: Family<[(&'static str, String); 1], Gauge>,
    public_reads: Labelled<Counter>,
    process_cpu: Counter<f64, AtomicU64>,
    process_memory: Gauge,
    process_fds: Gauge,
    process_max_fds: Gauge,
    process_start: Gauge<f64, AtomicU64>,
}

fn seconds(start: f64, length: u16) -> Histogram {
    Histogram::new(exponential_buckets(start, 2.0, length))
}

impl Metrics {
    /// All at zero.
    pub(crate) fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("tunnelctl"),
            process: Process::default(),
            store_commit: seconds(0.000_5, 14),
            tunnel_mismatches: Counter::default(),
            node_connects: Counter::default(),
            nodes: Family::default(),
            node_disconnects: Family::default(),
            tunnels_open: Gauge::default(),
            tunnels_opened: Family::default(),
            tunnels_closed: Family::default(),
            bytes: Family::default(),
            tunnel_open: seconds(0.000_5, 16),
            handshakes: Family::default(),
            revocation_cut: seconds(0.001, 12),
            audit_records: Counter::default(),
            panics: Counter::default(),
            log_lines_dropped: Counter::default(),
            ca_rotation_due: Gauge::default(),
            issuing_expiry: Gauge::default(),
            public_expiry: Family::default(),
            public_reads: Family::default(),
            process_cpu: Counter::default(),
            process_memory: Gauge::default(),
            process_fds: Gauge::default(),
            process_max_fds: Gauge::default(),
            process_start: Gauge::default(),
        };
        metrics.register_fleet();
        metrics.register_process();
        metrics
    }

    fn register_fleet(&mut self) {
        let r = &mut self.registry;
        r.register("nodes", "Enrolled nodes by state", self.nodes.clone());
        r.register("node_connects", "Control connections accepted", self.node_connects.clone());
        r.register("node_disconnects", "Control connections ended", self.node_disconnects.clone());
        r.register("tunnels_open", "Open tunnels", self.tunnels_open.clone());
        r.register("tunnels_opened", "Tunnels opened", self.tunnels_opened.clone());
        r.register("tunnels_closed", "Tunnels ended or refused", self.tunnels_closed.clone());
        r.register(
            "tunnel_mismatches",
            "Tunnels counted otherwise by the agent",
            self.tunnel_mismatches.clone(),
        );
        r.register("bytes", "Payload bytes; up is towards targets", self.bytes.clone());
        r.register("tunnel_open_seconds", "From asked for to answered", self.tunnel_open.clone());
        r.register("handshakes", "Accepted connections by outcome", self.handshakes.clone());
        r.register(
            "revocation_cut_seconds",
            "From request to last byte",
            self.revocation_cut.clone(),
        );
        r.register("store_commit_seconds", "From change to durable", self.store_commit.clone());
        r.register("audit_records", "Records of the audit chain", self.audit_records.clone());
        r.register(
            "ca_rotation_due",
            "1: the issuing key nears its end and somebody has to rotate; 2: late",
            self.ca_rotation_due.clone(),
        );
        r.register(
            "ca_issuing_expiry_timestamp_seconds",
            "When the issuing key in use ends, Unix time",
            self.issuing_expiry.clone(),
        );
        r.register(
            "public_certificate_expiry_timestamp_seconds",
            "When the certificate in use for strangers ends, Unix time",
            self.public_expiry.clone(),
        );
        r.register(
            "public_certificate_reads",
            "Attempts to take changed files of public certificates into use",
            self.public_reads.clone(),
        );
    }

    fn register_process(&mut self) {
        let r = &mut self.registry;
        r.register("panics", "Tasks that panicked", self.panics.clone());
        r.register("log_lines_dropped", "Log lines dropped", self.log_lines_dropped.clone());
        r.register("process_cpu_seconds", "Processor time", self.process_cpu.clone());
        r.register("process_resident_memory_bytes", "Resident memory", self.process_memory.clone());
        r.register("process_open_fds", "Open file descriptors", self.process_fds.clone());
        r.register("process_max_fds", "Limit on file descriptors", self.process_max_fds.clone());
        r.register("process_start_time_seconds", "Start, Unix time", self.process_start.clone());
    }

    pub(crate) fn node_disconnected(&self, reason: DisconnectReason) {
        self.node_disconnects.get_or_create(&[("reason", reason.as_str())]).inc();
    }

    pub(crate) fn tunnel_opened(&self, kind: TunnelType, took: Duration) {
        self.tunnels_opened.get_or_create(&[("type", kind.as_str())]).inc();
        self.tunnel_open.observe(took.as_secs_f64());
    }

    pub(crate) fn tunnel_closed(&self, reason: CloseReason) {
        self.tunnels_closed.get_or_create(&[("reason", reason.as_str())]).inc();
    }

    pub(crate) fn moved(&self, (up, down): (u64, u64)) {
        self.bytes.get_or_create(&[("direction", "up")]).inc_by(up);
        self.bytes.get_or_create(&[("direction", "down")]).inc_by(down);
    }

    pub(crate) fn handshake(&self, result: &'static str) {
        self.handshakes.get_or_create(&[("result", result)]).inc();
    }

    pub(crate) fn public_certificate_read(&self, in_use: bool) {
        let result = if in_use { "ok" } else { "failed" };
        self.public_reads.get_or_create(&[("result", result)]).inc();
    }

    pub(crate) fn revoked(&self, took: Duration) {
        self.revocation_cut.observe(took.as_secs_f64());
    }

    /// The Prometheus text, as of now.
    pub(crate) fn text(&self, core: &Core) -> String {
        self.read_fleet(core);
        self.read_process(core);
        let mut text = String::new();
        if let Err(error) = encode(&mut text, &self.registry) {
            tracing::error!(%error, "metrics could not be written");
        }
        text
    }

    fn read_fleet(&self, core: &Core) {
        let counts = crate::views::fleet_counts(core);
        for (state, count) in [
            (NodeState::Online, counts.online),
            (NodeState::Degraded, counts.degraded),
            (NodeState::Stale, counts.stale),
            (NodeState::Offline, counts.offline),
            (NodeState::Locked, counts.locked),
        ] {
            self.nodes.get_or_create(&[("state", state.as_str())]).set(i64::from(count));
        }
        self.tunnels_open.set(i64::try_from(core.tunnels.count()).unwrap_or(i64::MAX));
        let due = core.ca.due.load();
        self.ca_rotation_due.set(due.as_ref().map_or(0, |due| if due.late { 2 } else { 1 }));
        let ends = core.ca.issuing_ends(core).0 / 1000;
        self.issuing_expiry.set(i64::try_from(ends).unwrap_or(i64::MAX));
        // Names change with the files.
        self.public_expiry.clear();
        for public in core.public.standing(core.wall()) {
            let ends = i64::try_from(public.ends.0 / 1000).unwrap_or(i64::MAX);
            self.public_expiry.get_or_create(&[("name", public.name)]).set(ends);
        }
        self.audit_records.inner().store(*core.state.audit_head().borrow(), Relaxed);
    }

    fn read_process(&self, core: &Core) {
        self.panics.inner().store(link::Shutdown::panics(), Relaxed);
        self.log_lines_dropped.inner().store(link::telemetry::dropped_lines(), Relaxed);
        let now = self.process.figures();
        let whole = |value: Option<u64>| value.and_then(|v| i64::try_from(v).ok()).unwrap_or(-1);
        if let Some(cpu) = now.cpu {
            self.process_cpu.inner().store(cpu.as_secs_f64().to_bits(), Relaxed);
        }
        self.process_memory.set(whole(now.rss_bytes));
        self.process_fds.set(whole(now.open_fds));
        self.process_max_fds.set(whole(now.max_fds));
        let up = core.clock.now().saturating_duration_since(core.started);
        let start = Duration::from_millis(core.wall().0).saturating_sub(up);
        self.process_start.set(start.as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn names_are_those_of_the_contract() {
        let metrics = Metrics::new();
        metrics.node_disconnected(DisconnectReason::PeerReset);
        metrics.tunnel_opened(TunnelType::Port, Duration::from_millis(3));
        metrics.tunnel_closed(CloseReason::Idle);
        metrics.moved((1, 2));
        metrics.handshake("ok");
        metrics.process_cpu.inner().store(1.5f64.to_bits(), Relaxed);
        let mut text = String::new();
        encode(&mut text, &metrics.registry).unwrap();
        for line in [
            "tunnelctl_node_disconnects_total{reason=\"peer_reset\"} 1",
            "tunnelctl_tunnels_opened_total{type=\"port\"} 1",
            "tunnelctl_tunnels_closed_total{reason=\"idle\"} 1",
            "tunnelctl_bytes_total{direction=\"down\"} 2",
            "tunnelctl_handshakes_total{result=\"ok\"} 1",
            "tunnelctl_tunnel_open_seconds_count 1",
            "tunnelctl_revocation_cut_seconds_count 0",
            "tunnelctl_store_commit_seconds_count 0",
            "tunnelctl_audit_records_total 0",
            "tunnelctl_panics_total 0",
            "tunnelctl_log_lines_dropped_total 0",
            "tunnelctl_node_connects_total 0",
            "tunnelctl_tunnels_open 0",
            "tunnelctl_process_cpu_seconds_total 1.5",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
    }
}
