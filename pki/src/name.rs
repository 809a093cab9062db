//! Role and id of a certificate, as exactly one SAN URI: `tunnelctl://node/n_…`.

/// What a certificate is for. Each has its own ALPN, and its own key usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// An enrolled machine.
    Node,
    /// A person or robot.
    Operator,
    /// The fleet server itself.
    Server,
}

/// Who a certificate names. The id is opaque here.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The role.
    pub role: Role,
    /// The typed id, e.g. `n_abcdefghijkl`.
    pub id: String,
}
