//! Links: stored routes from a node to a node, and how they are found.

use super::record::{Stored, stored};
use super::{Fleet, find};
use crate::policy::Sight;
use minicbor::{Decode, Encode};
use std::net::SocketAddr;
use std::sync::Arc;
use store::Tree;
use wire::{LinkId, Name, NodeId, Refusal, SafeText, Target, UnixMs};

/// What comes in at one node's listener leads to a target at another node.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct LinkRecord {
    /// Its id.
    #[n(0)]
    pub id: LinkId,
    /// Its name, unique among links.
    #[n(1)]
    pub name: Name,
    /// The node that listens.
    #[n(2)]
    pub at: NodeId,
    /// On which address and port.
    #[n(3)]
    pub listen: Target,
    /// The node that dials.
    #[n(4)]
    pub to: NodeId,
    /// What.
    #[n(5)]
    pub target: Target,
    /// When it was made.
    #[n(6)]
    pub created_at: UnixMs,
    /// Who made it.
    #[n(7)]
    pub by: Option<SafeText>,
}

impl LinkRecord {
    /// Whether it leads from or to this node.
    pub fn touches(&self, node: NodeId) -> bool {
        self.at == node || self.to == node
    }

    /// Whether its listener would be in the way of one on this address at this node: an address of
    /// all interfaces holds the number on each of them.
    pub fn collides(&self, node: NodeId, at: SocketAddr) -> bool {
        let Some(own) = self.listen.address().filter(|_| self.at == node) else { return false };
        let (a, b) = (own.ip().to_canonical(), at.ip().to_canonical());
        own.port() == at.port() && (a == b || a.is_unspecified() || b.is_unspecified())
    }
}

stored!(LinkRecord, LinkId, "link", "tunnelctl links list", Links, |r| Some(&r.name));

impl Fleet {
    /// The link with this id.
    pub fn link(&self, id: LinkId) -> Option<Arc<LinkRecord>> {
        self.links.find(|r| r.id.cmp(&id)).cloned()
    }

    /// The link with this name.
    pub fn link_by_name(&self, name: &str) -> Option<Arc<LinkRecord>> {
        self.links_by_name.find(|r| r.name.as_str().cmp(name)).cloned()
    }

    /// All links, ascending by name.
    pub fn links(&self) -> Box<dyn Iterator<Item = Arc<LinkRecord>> + '_> {
        Box::new(self.links_by_name.iter().cloned())
    }

    /// Name, id or unique id prefix of what the asker may see.
    ///
    /// # Errors
    /// Ambiguity and absence, with hints.
    pub(crate) fn find_link(
        &self,
        reference: &str,
        sight: &Sight,
    ) -> Result<Arc<LinkRecord>, Refusal> {
        find::find(&self.links, self.link_by_name(reference), reference, |link| {
            sight.link(self, link)
        })
    }

    /// A link appears, or goes.
    pub(super) fn put_link(&mut self, old: Option<Arc<LinkRecord>>, new: Option<&Arc<LinkRecord>>) {
        self.links.update(old.as_ref(), new);
        self.links_by_name.update(old.as_ref(), new);
    }
}
