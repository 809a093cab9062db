//! Each flow is killed at every step once: connections are reset, torn and closed at each TLS record,
//! the server and the agent are killed there, and the store fails at each commit. Steps are counted
//! while they happen, so that a new one is covered by itself.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod changes;
mod enrolment;
mod identity;
mod shutdown;
mod stage;
mod tunnels;
mod uplink;

use stage::Fault::{End, FailCommit, KillAgent, KillServer, Lose, LoseAnswer, Tear};
use stage::sweep;

#[tokio::test(flavor = "multi_thread")]
async fn enrolment() {
    sweep("enrolment", &[Lose, Tear, KillServer, KillAgent], 8, enrolment::run).await;
    sweep("enrolment", &[FailCommit, LoseAnswer], 1, enrolment::run).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval() {
    sweep("approval", &[Lose, Tear, KillServer, KillAgent], 8, identity::approved).await;
    sweep("approval", &[FailCommit, LoseAnswer], 1, identity::approved).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_after_the_certificate_ended() {
    sweep("recovery", &[Lose, Tear, KillServer, KillAgent], 16, identity::recovered).await;
    sweep("recovery", &[FailCommit, LoseAnswer], 2, identity::recovered).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return_with_a_half_dead_predecessor_and_a_due_renewal() {
    sweep("return", &[Lose, Tear, KillServer, KillAgent], 24, uplink::run).await;
    sweep("return", &[FailCommit, LoseAnswer], 2, uplink::run).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forward_over_the_operators_link() {
    sweep("forward", &[Lose, Tear, End, KillServer], 16, tunnels::over_the_operators_link).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_port_over_the_nodes_link() {
    let faults = [Lose, Tear, End, KillServer, KillAgent];
    sweep("published port", &faults, 6, tunnels::over_the_nodes_link).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_is_created() {
    sweep("port create", &[Lose, Tear, KillServer], 2, changes::port_create).await;
    sweep("port create", &[FailCommit, LoseAnswer], 1, changes::port_create).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_made_and_deleted() {
    sweep("rule create", &[Lose, Tear, KillServer], 2, changes::rule_create).await;
    sweep("rule create", &[FailCommit, LoseAnswer], 1, changes::rule_create).await;
    sweep("rule delete", &[Lose, Tear, KillServer], 2, changes::rule_delete).await;
    sweep("rule delete", &[FailCommit, LoseAnswer], 1, changes::rule_delete).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_revoked() {
    sweep("revoke", &[Lose, Tear, KillServer], 2, changes::revoke).await;
    sweep("revoke", &[FailCommit, LoseAnswer], 2, changes::revoke).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn server_and_agent_stop_in_order() {
    sweep("server stop", &[Lose, Tear, KillAgent], 5, shutdown::of_the_server).await;
    sweep("agent stop", &[Lose, Tear, KillServer], 3, shutdown::of_the_agent).await;
}
