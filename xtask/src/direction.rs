//! Who may depend on whom: docs/adr/0001, as two tables.

use crate::tree::Tree;

/// Members of the workspace, and the members each may name in its manifest.
const MAY_NAME: [(&str, &[&str]); 9] = [
    ("wire", &[]),
    ("pki", &[]),
    ("store", &[]),
    ("link", &["wire", "pki"]),
    ("fleet-server", &["wire", "pki", "store", "link"]),
    ("agent", &["wire", "pki", "store", "link"]),
    ("testbed", &["wire", "pki", "store", "link", "fleet-server", "agent"]),
    ("console", &["wire", "pki", "store", "link", "fleet-server", "agent", "testbed"]),
    ("xtask", &["console"]),
];

/// Crates that stay behind one door, and the members that may name them.
const BEHIND: [(&str, &[&str]); 7] = [
    ("sled", &["store"]),
    ("yamux", &["link"]),
    ("tokio-rustls", &["link"]),
    ("rustls", &["link", "pki"]),
    ("rustls-webpki", &["pki"]),
    ("rustls-pemfile", &["pki"]),
    // For tests there is an authority that is none of ours.
    ("rcgen", &["pki", "testbed"]),
];

/// Members without a runtime, at any depth.
const PURE: [&str; 3] = ["wire", "pki", "store"];

/// What is wrong with `tree`, one sentence each.
pub(crate) fn faults(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for (member, named) in &tree.direct {
        let Some((_, may)) = MAY_NAME.iter().find(|(name, _)| name == member) else {
            faults.push(format!("{member}: a folder that docs/adr/0001 does not know"));
            continue;
        };
        for name in named {
            let is_member = MAY_NAME.iter().any(|(other, _)| other == name);
            if is_member && !may.contains(&&**name) {
                faults.push(format!("{member} must not depend on {name}"));
            }
            if let Some((_, doors)) = BEHIND.iter().find(|(krate, _)| krate == name)
                && !doors.contains(&&**member)
            {
                faults.push(format!(
                    "{member} must not name {name}: it belongs to {}",
                    doors.join(" and ")
                ));
            }
        }
    }
    for member in PURE {
        if tree.linked.get(member).is_some_and(|linked| linked.contains("tokio")) {
            faults.push(format!("{member} must not link tokio, at any depth"));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(direct: &[(&str, &str)], linked: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::default();
        for (from, to) in direct {
            tree.direct.entry((*from).to_owned()).or_default().insert((*to).to_owned());
        }
        for (from, to) in linked {
            tree.linked.entry((*from).to_owned()).or_default().insert((*to).to_owned());
        }
        tree
    }

    #[test]
    fn arrows_that_point_down_are_fine() {
        let down = [("link", "wire"), ("agent", "link"), ("console", "testbed"), ("store", "sled")];
        assert_eq!(faults(&tree(&down, &[("link", "tokio"), ("pki", "sha2")])), [""; 0]);
    }

    #[test]
    fn every_other_arrow_is_a_fault() {
        for (from, to) in [
            ("wire", "pki"),
            ("pki", "wire"),
            ("agent", "fleet-server"),
            ("fleet-server", "agent"),
            ("testbed", "console"),
            ("link", "store"),
            ("agent", "sled"),
            ("fleet-server", "rustls"),
            ("pki", "yamux"),
            ("common", "anything"),
        ] {
            assert_eq!(faults(&tree(&[(from, to)], &[])).len(), 1, "{from} → {to}");
        }
        assert_eq!(faults(&tree(&[], &[("pki", "tokio")])).len(), 1);
    }
}
