//! Every bound of the protocol in one place, each with its reason.

use core::time::Duration;

/// Largest frame of an authenticated control connection: a page of 200 nodes with room to spare.
pub const MAX_FRAME: usize = 256 * 1024;
/// Largest frame before authentication: a CSR, a token and a handful of labels.
pub const MAX_FRAME_ENROL: usize = 16 * 1024;
/// Largest tunnel header or answer: two names, a note and a few numbers.
pub const MAX_FRAME_OPEN: usize = 4 * 1024;
/// Rows in one page of a list.
pub const MAX_PAGE: u32 = 200;

/// Payload of one chunk: with its 4-byte word exactly one 64 KiB yamux frame.
pub const MAX_CHUNK: usize = 64 * 1024 - 4;

/// Streams an agent accepts per lane. Larger than [`LANE_OPEN_STREAMS`], always: yamux ends the
/// whole connection at an inbound stream over its limit.
pub const LANE_ACCEPT_STREAMS: usize = 256;
/// Streams the opening side holds per lane, by its own semaphore.
pub const LANE_OPEN_STREAMS: usize = 200;
/// Tunnels on a lane from which another lane is opened.
pub const LANE_BUSY_TUNNELS: usize = 150;
/// Lanes per peer.
pub const MAX_LANES: usize = 4;
/// What the receive windows of a lane may grow by together on long paths, on top of the 256 KiB
/// that each stream has.
pub const LANE_WINDOW: usize = 64 * 1024 * 1024;
/// An idle extra lane is closed after this time.
pub const LANE_IDLE: Duration = Duration::from_secs(300);
/// How often the opening side of a lane says something, also when nobody uses it: a proxy or load
/// balancer on the way, which answers TCP's own keep-alives itself, ends what is silent for a minute.
pub const LANE_BEAT: Duration = Duration::from_secs(15);

/// How often each side says something (F1.4).
pub const HEARTBEAT: Duration = Duration::from_secs(10);
/// Silence after which a side declares the link dead; people are promised 25 s.
pub const DEAD_AFTER: Duration = Duration::from_secs(24);
/// A node that was lost this long ago is `offline` instead of `stale`.
pub const OFFLINE_AFTER: Duration = Duration::from_secs(90);

/// From accepted TCP connection to the first application frame.
pub const HANDSHAKE_DEADLINE: Duration = Duration::from_secs(10);
/// From accepted TCP connection to its first byte.
pub const FIRST_BYTE_DEADLINE: Duration = Duration::from_secs(3);
/// One enrolment, from handshake to reply.
pub const ENROL_DEADLINE: Duration = Duration::from_secs(10);
/// How long an agent may take to dial a target.
pub const DIAL_DEADLINE: Duration = Duration::from_secs(10);
/// How long the opener waits for an [`crate::message::tunnel::Answer`]: the dial and a round trip.
pub const OPEN_DEADLINE: Duration = Duration::from_secs(15);

/// Unauthenticated connections held at once; further ones are closed before any TLS work.
pub const MAX_PRE_AUTH: usize = 4096;
/// Messages queued towards one control connection; at the bound the connection is closed.
pub const CONTROL_QUEUE: usize = 256;
/// Changes that wait for the state's writer; further ones are refused as busy.
pub const STATE_QUEUE: usize = 4096;
/// Changes committed together.
pub const STATE_GROUP: usize = 256;
/// Tunnel records that wait for the next commit; further ones are counted and leave a gap record.
pub const RECORD_QUEUE: usize = 8192;
/// Tunnel records committed together.
pub const RECORD_GROUP: usize = 512;
/// How long a tunnel record waits for a commit that takes it along; durable within 100 ms.
pub const RECORD_WAIT: Duration = Duration::from_millis(40);
/// Requests one operator may have in flight.
pub const OPERATOR_IN_FLIGHT: usize = 64;
/// Things whose end one operator's connection follows; further ones are not followed.
pub const MAX_FOLLOWED: usize = 64;
/// Steps kept of a tunnel's way until it is open: a dozen tells all of an ordinary one. Of one that was
/// tried again and again the first and the last ones stay, so that an answer holds them.
pub const MAX_TRACE_STEPS: usize = 16;
/// Longest detail of a step, in bytes: a name and an address; all steps together fit into an answer.
pub const MAX_TRACE_DETAIL: usize = 128;
/// How long a closed tunnel can be asked for by its id: whoever wonders why it was slow asks soon.
pub const CLOSED_KEPT: Duration = Duration::from_secs(600);
/// Closed tunnels that can be asked for: the newest ones, a few megabytes.
pub const CLOSED_KEPT_MOST: usize = 4096;
/// Operators are warned when this much is left of a right (F4.2).
pub const END_WARNINGS: [Duration; 2] = [Duration::from_secs(600), Duration::from_secs(60)];
/// Visitors that wait on one published port while its node is away.
pub const HOLD_QUEUE: usize = 256;
/// Links in all: each keeps a listener and a task of its own.
pub const MAX_LINKS: usize = 1000;
/// Connections of one link that are being joined, those that wait for its node among them; further
/// ones are left to the agent, which resets what nobody takes. As many as may wait there.
pub const LINK_JOINING: usize = 128;
/// Shares of one operator: as many services as a person shows at once, with room to spare.
pub const SHARES_EACH: usize = 8;
/// Shares of all operators, those included whose number is kept: each holds a public number.
pub const SHARES_MOST: usize = 64;
/// The longest that a share may be asked for.
pub const SHARE_LONGEST: Duration = Duration::from_secs(24 * 3600);
/// How long a share's number is kept for its operator when his connection was lost: people have the
/// address. Longer than a reconnect takes, far shorter than anybody else needs the number.
pub const SHARE_KEPT: Duration = Duration::from_secs(120);
/// Open connections of one share: a page with all that it loads, for several visitors.
pub const SHARE_TUNNELS: usize = 128;
/// Connections that wait at one listener for the operator's side; further ones are reset.
pub const MAX_ARRIVALS: usize = 128;

/// Longest name: one DNS label.
pub const MAX_NAME: usize = 63;
/// Ways tried in vain of which an agent tells: there are four, for each of several servers at once.
pub const MAX_PATH_ATTEMPTS: usize = 8;
/// Entries of an agent's allowlist that are shown; all of them are in force at the node.
pub const MAX_ALLOW_SHOWN: usize = 256;
/// Listeners that one node grants to operators.
pub const MAX_LISTENERS: usize = 64;
/// Addresses a node listens on for nodes behind it, of which the server is told.
pub const MAX_GATEWAY_LISTEN: usize = 16;
/// Gateways between a node and the server: more is a circle.
pub const MAX_GATEWAYS: usize = 8;
/// Labels of one node.
pub const MAX_LABELS: usize = 32;
/// Longest label key or value.
pub const MAX_LABEL: usize = 63;
/// Longest host in a target: one DNS name.
pub const MAX_HOST: usize = 253;
/// Longest display string kept from a peer.
pub const MAX_TEXT: usize = 256;
