//! Invitation links: a page for whoever opens one, and a place for the address of whoever means it.
//! Programs that only look at links use nothing up. A stranger learns nothing from a wrong one.

use super::{Answer, say};
use crate::accept::Fault;
use crate::admission;
use crate::core::Core;
use crate::fleet::{GuestRecord, Subject};
use crate::ops::{Done, Grant, Op};
use std::net::IpAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use wire::audit::Actor;
use wire::{Refusal, UnixMs};

use super::head::{Method, Request};

/// Where links lead.
const PREFIX: &str = "/g/";
const SECRET: usize = 32;

const PAGE: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
<meta name=\"robots\" content=\"noindex\"><title>tunnelctl invitation</title></head>\n\
<body><h1>You are invited</h1><p>The button lets in the address you have now, and no other one. \
It says where to connect.</p><form method=\"post\"><button>Let me in</button></form>\
<p>On a command line: <code>curl -X POST</code> and this link.</p></body></html>\n";

/// Whether a request is about an invitation.
pub(super) fn is_meant(request: &Request) -> bool {
    request.path.starts_with(PREFIX)
}

/// Answers it.
pub(super) async fn serve<I>(core: Arc<Core>, io: I, source: IpAddr, request: &Request)
where
    I: AsyncRead + AsyncWrite + Unpin,
{
    let answer = match request.method {
        Method::Get | Method::Head => Answer::ok("text/html; charset=utf-8", PAGE),
        Method::Post => arrive(&core, source.to_canonical(), &request.path).await,
        Method::Other => Answer {
            extra: "allow: GET, HEAD, POST\r\n".to_owned(),
            ..Answer::plain("405 Method Not Allowed", "only GET, HEAD and POST\n")
        },
    };
    say(io, &answer, request.method).await;
}

async fn arrive(core: &Arc<Core>, source: IpAddr, path: &str) -> Answer {
    let now = core.wall();
    let Some(guest) = secret(path).and_then(|secret| invited(core, &secret, now)) else {
        core.fault(source, Fault::Auth);
        return Answer::not_found();
    };
    match let_in(core, &guest, source).await {
        Ok(guest) => welcome(core, &guest, source),
        Err(refusal) => {
            tracing::info!(guest = %guest.name, %source, %refusal, "invitation not honoured");
            core.fault(source, Fault::Auth);
            Answer::not_found()
        }
    }
}

/// The secret in a link.
fn secret(path: &str) -> Option<[u8; SECRET]> {
    let text =
        path.strip_prefix(PREFIX).filter(|text| text.len() == 2 * SECRET && text.is_ascii())?;
    let mut secret = [0; SECRET];
    for (at, byte) in secret.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(secret)
}

/// The guest whose link has this secret, if he may come in.
fn invited(core: &Core, secret: &[u8], now: UnixMs) -> Option<Arc<GuestRecord>> {
    let (hash, fleet) = (pki::token::secret_hash(secret), core.state.fleet());
    let mut guests = fleet.visiting().iter().map(|visiting| &visiting.record);
    let guest = guests.find(|guest| guest.invite.as_ref().is_some_and(|i| i.hash == hash))?;
    let locked = [Subject::All, Subject::Guest(guest.id), Subject::Port(guest.port)];
    let is_locked = locked
        .into_iter()
        .any(|on| admission::blocking(&fleet, on, admission::Moment::Opening, now).is_some());
    (guest.is_live(now) && !is_locked).then(|| Arc::clone(guest))
}

async fn let_in(
    core: &Arc<Core>,
    guest: &GuestRecord,
    source: IpAddr,
) -> Result<Arc<GuestRecord>, Refusal> {
    let actor = Actor { source_ip: Some(source.to_string().into()), ..Actor::default() };
    let grant = Box::new(Grant::GuestArrive { guest: guest.id, source });
    match core.apply(Op::Grant { actor, reason: None, grant }).await?.done {
        Done::Guest(guest) => {
            core.feed.ports();
            Ok(guest)
        }
        _ => Err(Refusal::new(wire::RefusalCode::Server, "the change had no result")),
    }
}

fn welcome(core: &Core, guest: &GuestRecord, source: IpAddr) -> Answer {
    let view = crate::views::guest(core, guest);
    let Some(public) = view.public else { return Answer::not_found() };
    tracing::info!(guest = %guest.name, %source, "invited guest let in");
    let body = format!(
        "{source} is let in until {}\nconnect to {}:{}\n",
        guest.expires_at, public.host, public.port
    );
    Answer::plain("200 OK", body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_as_many_digits_as_it_has() {
        let whole = format!("/g/{}", "0f".repeat(SECRET));
        assert_eq!(secret(&whole), Some([15; SECRET]));
        let long = format!("{whole}00");
        let other = whole.replace("0f", "0g");
        for bad in ["/g/", "/g/0f", "/x/0f", long.as_str(), other.as_str(), "/g/é"] {
            assert_eq!(secret(bad), None, "{bad}");
        }
    }
}
