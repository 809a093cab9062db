//! Questions and changes about links: stored routes from a node to a node (F2.12).

use crate::message::operator::{Intent, More, Page};
use crate::message::view::LinkView;
use crate::name::{Name, Target};
use crate::text::SafeText;
use minicbor::{Decode, Encode};

/// A question or a change about links.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum LinkRequest {
    /// Links, by name.
    #[n(150)]
    Links(#[n(0)] Page),
    /// One link.
    #[n(151)]
    Link(#[n(0)] SafeText),
    /// Makes a link.
    #[n(152)]
    Create {
        /// The link.
        #[n(0)]
        spec: LinkSpec,
        /// How it is meant.
        #[n(1)]
        intent: Intent,
    },
    /// Removes a link and cuts its tunnels.
    #[n(153)]
    Delete {
        /// The link.
        #[n(0)]
        link: SafeText,
        /// How it is meant.
        #[n(1)]
        intent: Intent,
    },
}

/// The result of a question about links, or of a creation.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum LinkReply {
    /// A page of links.
    #[n(150)]
    Links(#[n(0)] Vec<LinkView>, #[n(1)] More),
    /// One link.
    #[n(151)]
    Link(#[n(0)] LinkView),
}

/// A link to make.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct LinkSpec {
    /// Its name.
    #[n(0)]
    pub name: Name,
    /// The node that listens: name, id or unique id prefix.
    #[n(1)]
    pub at: SafeText,
    /// The address and port it listens on: no name, and not port 0.
    #[n(2)]
    pub listen: Target,
    /// The node that dials: name, id or unique id prefix.
    #[n(3)]
    pub to: SafeText,
    /// The target there.
    #[n(4)]
    pub target: Target,
}
