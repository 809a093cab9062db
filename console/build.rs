//! Hands the target triple to the program, for `tunnelctl version`.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if let Ok(target) = std::env::var("TARGET") {
        println!("cargo:rustc-env=TUNNELCTL_TARGET={target}");
    }
}
