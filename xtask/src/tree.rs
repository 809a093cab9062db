//! The dependency tree as cargo sees it. Judges nothing.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// Packages of the workspace by the name of their folder, and what everything needs.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// Names that the manifests write, of any kind of dependency.
    pub(crate) direct: BTreeMap<String, BTreeSet<String>>,
    /// Everything that is linked in, at any depth; development dependencies left out.
    pub(crate) linked: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
    workspace_members: Vec<String>,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    manifest_path: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    path: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<EdgeKind>,
}

#[derive(Deserialize)]
struct EdgeKind {
    kind: Option<String>,
}

impl Edge {
    fn is_linked(&self) -> bool {
        self.dep_kinds.iter().any(|kind| kind.kind.is_none())
    }
}

/// Asks cargo.
pub(crate) fn read(root: &Path) -> Result<Tree> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked"])
        .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
        .current_dir(root)
        .output()
        .context("cargo metadata")?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Metadata = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    Ok(build(&metadata))
}

fn build(metadata: &Metadata) -> Tree {
    let names: BTreeMap<_, _> = metadata.packages.iter().map(|p| (&*p.id, &*p.name)).collect();
    let edges: BTreeMap<_, _> = metadata.resolve.nodes.iter().map(|n| (&*n.id, n)).collect();
    let mut tree = Tree::default();
    for package in metadata.packages.iter().filter(|p| metadata.workspace_members.contains(&p.id)) {
        let folder = folder_of(Path::new(&package.manifest_path).parent());
        let direct = package.dependencies.iter().map(|dependency| match &dependency.path {
            Some(path) => folder_of(Some(Path::new(path))),
            None => dependency.name.clone(),
        });
        tree.direct.insert(folder.clone(), direct.collect());
        tree.linked.insert(folder, linked(&package.id, &edges, &names));
    }
    tree
}

fn folder_of(path: Option<&Path>) -> String {
    path.and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned()
}

fn linked(
    from: &str,
    edges: &BTreeMap<&str, &Node>,
    names: &BTreeMap<&str, &str>,
) -> BTreeSet<String> {
    let (mut seen, mut waiting) = (BTreeSet::new(), vec![from]);
    while let Some(id) = waiting.pop() {
        let next = edges.get(id).into_iter().flat_map(|node| &node.deps).filter(|e| e.is_linked());
        waiting.extend(next.map(|edge| &*edge.pkg).filter(|id| seen.insert(*id)));
    }
    seen.into_iter().filter_map(|id| names.get(id)).map(|name| (*name).to_owned()).collect()
}
