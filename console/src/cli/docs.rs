//! `man`: one page per command and topic, from the one command definition.

use crate::cli::help::TOPICS;
use crate::cli::{command, out};
use crate::exit::{Exit, Result};
use clap::Args;
use clap_mangen::Man;
use std::path::PathBuf;

/// Where to.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Write one page per command and topic into this directory
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Runs `man`.
///
/// # Errors
/// The directory cannot be written, or the reader has gone.
pub fn man(args: &ManArgs) -> Result {
    let pages = pages()?;
    match &args.out {
        Some(dir) => {
            std::fs::create_dir_all(dir)?;
            for (name, text) in &pages {
                std::fs::write(dir.join(name), text)?;
            }
            out::warn(&format!("{} pages in {}", pages.len(), dir.display()));
        }
        None => {
            if let Some((_, text)) = pages.first() {
                out::print_raw(text)?;
            }
        }
    }
    Ok(Exit::Ok)
}

/// All pages by file name; that of `tunnelctl` itself comes first.
///
/// # Errors
/// Rendering failed.
pub fn pages() -> Result<Vec<(String, String)>> {
    let mut root = command().disable_version_flag(false);
    root.build();
    let mut pages = Vec::new();
    page(&root, "tunnelctl", &mut pages)?;
    for topic in TOPICS {
        pages.push((format!("tunnelctl-{}.7", topic.name), topic_page(topic.name, topic.text)));
    }
    Ok(pages)
}

fn page(command: &clap::Command, name: &str, pages: &mut Vec<(String, String)>) -> Result<()> {
    let mut bytes = Vec::new();
    let spoken: &'static str = String::leak(name.replace('-', " "));
    let titled =
        command.clone().name(String::leak(name.to_owned()) as &'static str).bin_name(spoken);
    Man::new(titled).title(name.to_uppercase()).render(&mut bytes)?;
    pages.push((format!("{name}.1"), String::from_utf8_lossy(&bytes).into_owned()));
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        page(sub, &format!("{name}-{}", sub.get_name()), pages)?;
    }
    Ok(())
}

fn topic_page(name: &str, text: &str) -> String {
    let mut page = format!(
        ".TH TUNNELCTL-{} 7 \"\" tunnelctl\n.SH NAME\ntunnelctl\\-{name}\n.SH DESCRIPTION\n.nf\n",
        name.to_uppercase()
    );
    for line in text.lines() {
        let line = line.replace('\\', "\\e").replace('-', "\\-");
        let guard = if line.starts_with(['.', '\'']) { "\\&" } else { "" };
        page.push_str(guard);
        page.push_str(&line);
        page.push('\n');
    }
    page.push_str(".fi\n");
    page
}
