//! Passes on that what a forward leads to ends soon: each warning once, also when the connection to
//! the server was lost in between.

use super::{Event, Events, Kind, Spec, Through};
use crate::operator::Operator;
use wire::UnixMs;
use wire::limits::END_WARNINGS;
use wire::message::operator::Followed;
use wire::message::tunnel::OpenTo;
use wire::message::view::EndsView;

/// What was said, for as long as the forward runs.
#[derive(Debug)]
pub(super) struct Endings {
    of: Followed,
    events: Events,
    said: Option<(UnixMs, usize)>,
}

impl Endings {
    pub(super) fn new(spec: &Spec, events: Events) -> Self {
        let of = match &spec.kind {
            Kind::Fixed(to) => Followed::To(to.clone()),
            Kind::Proxy { through: Through::Node(node), .. } => {
                Followed::Tunnels { node: node.clone() }
            }
            // Through several nodes there is no one end but that of the caller's own certificate.
            // A share knows its own end.
            Kind::Group(..) | Kind::Proxy { .. } | Kind::Share { .. } => Followed::Own,
            Kind::Reverse { node, .. } => match spec.listen.net() {
                Some(at) => Followed::To(OpenTo::Listen { node: node.clone(), at: at.into() }),
                None => Followed::Own,
            },
        };
        Self { of, events, said: None }
    }

    /// Says what there is to say until the connection ends.
    pub(super) async fn pass_on(&mut self, operator: &Operator) {
        let Ok(mut feed) = operator.follow(self.of.clone()) else {
            return operator.closed().await;
        };
        while let Some(ends) = feed.next().await {
            if let Some(event) = self.news(ends) {
                self.events.tell(event);
            }
        }
    }

    fn news(&mut self, ends: Option<EndsView>) -> Option<Event> {
        let Some(ends) = ends else {
            return self.said.take().map(|_| Event::Extended);
        };
        let due = END_WARNINGS.iter().filter(|w| u128::from(ends.left_ms) <= w.as_millis()).count();
        let is_said = self.said.is_some_and(|(until, said)| until == ends.until && due <= said);
        if is_said {
            return None;
        }
        self.said = Some((ends.until, due));
        Some(Event::Ending(ends))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forward::{Clients, Dns};
    use std::sync::Arc;
    use tokio::sync::mpsc;
    use wire::message::view::EndCause;

    fn ends(until: u64, left_s: u64) -> Option<EndsView> {
        let until = UnixMs(until);
        Some(EndsView { until, left_ms: left_s * 1000, cause: EndCause::Rule, which: None })
    }

    #[test]
    fn what_a_new_connection_says_again_is_not_passed_on_again() {
        let (to, _events) = mpsc::channel(1);
        let events = Events { to, missed: Arc::default() };
        let spec = Spec {
            listen: std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into(),
            kind: Kind::Proxy { through: "web1".into(), dns: Dns::Remote, http: false, auth: None },
            on_drop: crate::forward::OnDrop::Close,
            idle: None,
            max: None,
            compress: None,
            note: None,
            clients: Clients::default(),
        };
        let mut endings = Endings::new(&spec, events);
        let mut said = |ends| match endings.news(ends) {
            Some(Event::Ending(ends)) => Some(ends.left_ms / 1000),
            Some(Event::Extended) => Some(0),
            _ => None,
        };
        assert_eq!(said(None), None, "it was never near");
        assert_eq!(said(ends(7, 600)), Some(600));
        assert_eq!(said(ends(7, 480)), None, "the same, after a reconnect");
        assert_eq!(said(ends(7, 60)), Some(60));
        assert_eq!(said(ends(7, 20)), None);
        assert_eq!(said(ends(9, 590)), Some(590), "another end");
        assert_eq!(said(None), Some(0));
        assert_eq!(said(None), None);
    }
}
