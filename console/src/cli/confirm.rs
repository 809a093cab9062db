//! The ladder of changes: mild ones are done, moderate ones need a yes, severe ones need the
//! object's name and a reason. Dry runs show what would be cut.

use crate::cli::out::change::{Plan, cuts};
use crate::cli::out::warn;
use crate::cli::{Run, names};
use crate::ctx::{Link, Origin, connect};
use crate::exit::{Exit, Failure, Result};
use std::io::{BufRead, IsTerminal, Write};
use wire::SafeText;
use wire::message::operator::{Intent, Outcome, PolicyReply, Reply, Request};

/// How much a change can hurt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Done without a question.
    Mild,
    /// A yes is needed.
    Moderate,
    /// The object's name and a reason are needed.
    Severe,
}

impl Level {
    const fn raised(self, by_protection: bool) -> Self {
        match (self, by_protection) {
            (Self::Mild, true) => Self::Moderate,
            (Self::Moderate, true) => Self::Severe,
            (same, _) => same,
        }
    }
}

/// A change to one or several objects.
#[derive(Debug, Clone)]
pub struct Change {
    /// What is about to happen: `revoke node`.
    pub doing: &'static str,
    /// What has happened: `revoked`.
    pub done: &'static str,
    /// How much it can hurt.
    pub level: Level,
    /// The command that undoes it, if there is one; `{}` stands for the name.
    pub undo: Option<&'static str>,
    /// The objects.
    pub names: Vec<String>,
    /// An object that is not there counts as done.
    pub ignore_missing: bool,
}

impl Change {
    /// A change to `names`; `-` is read from standard input.
    ///
    /// # Errors
    /// No name.
    pub fn new(
        doing: &'static str,
        done: &'static str,
        level: Level,
        names: &[String],
    ) -> Result<Self> {
        let names = names::expand(names)?;
        Ok(Self { doing, done, level, undo: None, names, ignore_missing: false })
    }

    /// The same with the command that undoes it.
    #[must_use]
    pub const fn undo(mut self, command: &'static str) -> Self {
        self.undo = Some(command);
        self
    }

    /// The same, but a missing object is no failure.
    #[must_use]
    pub const fn ignore_missing(mut self, ignore: bool) -> Self {
        self.ignore_missing = ignore;
        self
    }

    /// Checks, asks, does, prints.
    ///
    /// # Errors
    /// Not agreed to, or the only object failed.
    pub async fn apply(&self, run: &Run, ask: impl Fn(SafeText, Intent) -> Request) -> Result {
        if !run.settings.flags.dry_run {
            run.may_change()?;
            self.check_flags(run, self.level.raised(run.settings.protected))?;
        }
        let link = connect(&run.settings).await?;
        let result = self.apply_over(run, &link, ask).await;
        link.close().await;
        result
    }

    async fn apply_over(
        &self,
        run: &Run,
        link: &Link,
        ask: impl Fn(SafeText, Intent) -> Request,
    ) -> Result {
        let flags = &run.settings.flags;
        if flags.dry_run {
            let outcomes = self.send(run, link, true, &ask).await?;
            return run.out.changed(self.doing, &outcomes, run.plan());
        }
        let level = self.level.raised(link.endpoint.protected);
        let mut reason = None;
        if level > Level::Mild && !self.agreed_by_flags(run, level) {
            let planned = self.send(run, link, true, &ask).await?;
            reason = self.agree(run, link, level, &planned)?;
        } else if level == Level::Severe {
            let planned = self.send(run, link, true, &ask).await?;
            self.check_confirmed(run, &planned)?;
        }
        let with_reason = |name: SafeText, mut intent: Intent| {
            if intent.reason.is_none() {
                intent.reason = reason.as_deref().map(SafeText::from);
            }
            ask(name, intent)
        };
        let outcomes = self.send(run, link, false, &with_reason).await?;
        let exit = run.out.changed(self.done, &outcomes, Plan::Done)?;
        if let (Some(undo), [name]) = (self.undo, self.names.as_slice()) {
            run.out.aside(&format!("undo: {}", undo.replace("{}", name)));
        }
        Ok(exit)
    }

    async fn send(
        &self,
        run: &Run,
        link: &Link,
        dry_run: bool,
        ask: &impl Fn(SafeText, Intent) -> Request,
    ) -> Result<Vec<Outcome>> {
        let mut outcomes = Vec::with_capacity(self.names.len());
        for name in &self.names {
            let intent = Intent { dry_run, ..run.intent() };
            match link.operator.request(ask(name.as_str().into(), intent)).await {
                Ok(reply) => outcomes.extend(results(reply, name, dry_run)?),
                Err(link::operator::OperatorError::Refused(refusal)) => {
                    let missing = refusal.code == wire::RefusalCode::NotFound;
                    let object = format!("{}/{name}", self.kind());
                    if missing && self.ignore_missing {
                        outcomes.push(outcome(name, &object, dry_run, None));
                    } else if self.names.len() == 1 {
                        return Err(refusal.into());
                    } else {
                        outcomes.push(outcome(name, &object, dry_run, Some(refusal)));
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(outcomes)
    }

    /// Without a terminal the flags must be there before anything is sent.
    fn check_flags(&self, run: &Run, level: Level) -> Result<()> {
        if level == Level::Mild || self.agreed_by_flags(run, level) || run.can_ask() {
            return Ok(());
        }
        let flags = &run.settings.flags;
        let name = self.names.join(",");
        let missing = match level {
            Level::Severe if flags.confirm.is_none() && flags.reason.is_none() => {
                format!("--confirm {name} --reason TEXT")
            }
            Level::Severe if flags.confirm.is_none() => format!("--confirm {name}"),
            Level::Severe => "--reason TEXT".to_owned(),
            _ => "--yes".to_owned(),
        };
        Err(Failure::usage(format!("{} {} needs {missing}", self.doing, self.shown_names()))
            .hint("--dry-run     shows what it would do"))
    }

    fn agreed_by_flags(&self, run: &Run, level: Level) -> bool {
        let flags = &run.settings.flags;
        match level {
            Level::Mild => true,
            Level::Moderate => flags.yes || flags.confirm.is_some(),
            Level::Severe => flags.confirm.is_some() && flags.reason.is_some(),
        }
    }

    /// `--confirm` repeats the names, as given or as the server calls them.
    fn check_confirmed(&self, run: &Run, planned: &[Outcome]) -> Result<()> {
        let Some(confirm) = run.settings.flags.confirm.as_deref() else { return Ok(()) };
        self.check_typed(confirm, planned)
    }

    fn check_typed(&self, typed: &str, planned: &[Outcome]) -> Result<()> {
        let called: Vec<&str> = planned.iter().map(|o| o.name.as_str()).collect();
        if typed == self.names.join(",") || typed == called.join(",") {
            return Ok(());
        }
        Err(Failure::usage(format!("{typed:?} is not {:?}: nothing was changed", called.join(","))))
    }

    /// Shows what will happen and asks; returns the reason that was typed.
    fn agree(
        &self,
        run: &Run,
        link: &Link,
        level: Level,
        planned: &[Outcome],
    ) -> Result<Option<String>> {
        if let Some(failed) =
            planned.iter().find(|o| o.error.is_some()).filter(|_| planned.len() == 1)
        {
            run.out.changed(self.doing, std::slice::from_ref(failed), Plan::Shown)?;
        }
        self.check_flags(run, level)?;
        warn(&format!("About to {} {} ({})", self.doing, self.shown_names(), link.endpoint.name));
        for outcome in planned.iter().take(10) {
            warn(&format!("  {}  cuts now: {}", outcome.object, cuts(outcome)));
        }
        if planned.len() > 10 {
            warn(&format!("  and {} more", planned.len() - 10));
        }
        match self.undo {
            Some(undo) => warn(&format!("  undo:     {}", undo.replace("{}", &self.names[0]))),
            None => warn("  this cannot be undone"),
        }
        if level == Level::Moderate {
            let answer = prompt("Continue? [y/N] ")?;
            let yes = matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes");
            return if yes { Ok(None) } else { Err(declined()) };
        }
        let called: Vec<&str> = planned.iter().map(|o| o.name.as_str()).collect();
        let typed = prompt(&format!("Type {} to confirm: ", called.join(",")))?;
        self.check_typed(&typed, planned)?;
        if run.settings.flags.reason.is_some() {
            return Ok(None);
        }
        let reason = prompt("Reason: ")?;
        if reason.is_empty() {
            Err(Failure::usage("a reason is required"))
        } else {
            Ok(Some(reason))
        }
    }

    /// `node`, of `revoke node`.
    fn kind(&self) -> &'static str {
        self.doing.rsplit(' ').next().unwrap_or(self.doing)
    }

    fn shown_names(&self) -> String {
        match self.names.as_slice() {
            [only] => only.clone(),
            many => format!("{} objects", many.len()),
        }
    }
}

impl Run {
    /// How changes of this run are meant.
    pub fn intent(&self) -> Intent {
        Intent {
            dry_run: self.settings.flags.dry_run,
            reason: self.settings.flags.reason.as_deref().map(SafeText::from),
        }
    }

    /// Refuses changes with `--read-only`.
    ///
    /// # Errors
    /// Changes are switched off.
    pub fn may_change(&self) -> Result<()> {
        if !self.settings.read_only.value {
            return Ok(());
        }
        Err(Failure::new(
            Exit::Denied,
            format!("changes are switched off (read_only from {})", self.settings.read_only.origin),
        )
        .hint("tunnelctl config show --origin"))
    }

    /// Refuses changes on this machine with `--read-only`; what a context says is about its server.
    ///
    /// # Errors
    /// Changes are switched off.
    pub fn may_change_here(&self) -> Result<()> {
        if self.settings.read_only.origin == Origin::Context { Ok(()) } else { self.may_change() }
    }

    /// How a dry run of this run ends.
    pub fn plan(&self) -> Plan {
        match (self.settings.flags.dry_run, self.settings.flags.exit_code) {
            (false, _) => Plan::Done,
            (true, false) => Plan::Shown,
            (true, true) => Plan::Asked,
        }
    }

    /// Makes a change on this machine and prints its result, or only the plan of it.
    ///
    /// # Errors
    /// Changes are switched off, or this one failed.
    pub fn change_here(
        &self,
        (doing, done): (&str, &str),
        object: &str,
        change: impl FnOnce() -> Result<()>,
    ) -> Result {
        let dry_run = self.settings.flags.dry_run;
        if !dry_run {
            self.may_change_here()?;
            change()?;
        }
        let name = object.rsplit_once('/').map_or(object, |(_, name)| name);
        let verb = if dry_run { doing } else { done };
        self.out.changed(verb, &[outcome(name, object, dry_run, None)], self.plan())
    }

    /// Asks before something on this machine is done that needs a yes.
    ///
    /// # Errors
    /// Changes are switched off, or this one is not agreed to.
    pub fn may_do_here(&self, what: &str, level: Level) -> Result<()> {
        self.may_change_here()?;
        self.agreed(what, level)
    }

    /// Asks before something severe on this machine is done: for its name and a reason, which is
    /// returned. A yes is not enough.
    ///
    /// # Errors
    /// Changes are switched off, or this one is not agreed to.
    pub fn may_do_severely_here(&self, what: &str, name: &str) -> Result<String> {
        self.may_change_here()?;
        let flags = &self.settings.flags;
        let typed = match (&flags.confirm, &flags.reason) {
            (Some(typed), Some(_)) => typed.clone(),
            _ if self.can_ask() => {
                warn(what);
                match &flags.confirm {
                    Some(typed) => typed.clone(),
                    None => prompt(&format!("Type {name} to confirm: "))?,
                }
            }
            (confirm, reason) => {
                let missing = [
                    confirm.is_none().then(|| format!("--confirm {name}")),
                    reason.is_none().then(|| "--reason TEXT".to_owned()),
                ];
                let missing: Vec<String> = missing.into_iter().flatten().collect();
                return Err(Failure::usage(format!("{what}: this needs {}", missing.join(" ")))
                    .hint("--dry-run     shows what it would do"));
            }
        };
        if typed != name {
            return Err(Failure::usage(format!("{typed:?} is not {name:?}: nothing was changed")));
        }
        let reason = flags.reason.clone().map_or_else(|| prompt("Reason: "), Ok)?;
        if reason.is_empty() { Err(Failure::usage("a reason is required")) } else { Ok(reason) }
    }

    /// Asks before something is created, where creating it needs a yes.
    ///
    /// # Errors
    /// Changes are switched off, or this one is not agreed to.
    pub fn may_create(&self, what: &str, level: Level) -> Result<()> {
        let flags = &self.settings.flags;
        if flags.dry_run {
            return Ok(());
        }
        self.may_change()?;
        self.agreed(what, level)
    }

    fn agreed(&self, what: &str, level: Level) -> Result<()> {
        let flags = &self.settings.flags;
        let mild = level.raised(self.settings.protected) == Level::Mild;
        if mild || flags.yes || flags.confirm.is_some() {
            return Ok(());
        }
        if !self.can_ask() {
            return Err(Failure::usage(format!("{what} needs --yes"))
                .hint("--dry-run     shows what it would do"));
        }
        let answer = prompt(&format!("{what}. Continue? [y/N] "))?;
        let yes = matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes");
        if yes { Ok(()) } else { Err(declined()) }
    }

    /// Whether there is somebody to ask.
    pub fn can_ask(&self) -> bool {
        !self.settings.no_input.value
            && std::io::stdin().is_terminal()
            && std::io::stderr().is_terminal()
    }
}

/// Asks for one line on the terminal.
///
/// # Errors
/// The terminal is gone.
pub fn prompt(question: &str) -> Result<String> {
    let mut stderr = std::io::stderr().lock();
    write!(stderr, "{question}")?;
    stderr.flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

fn declined() -> Failure {
    Failure::new(Exit::Failed, "not confirmed: nothing was changed")
}

/// Prints that something on this machine was done.
///
/// # Errors
/// The reader has gone.
pub fn results_here(run: &Run, done: &str, object: &str) -> Result {
    let name = object.rsplit_once('/').map_or(object, |(_, name)| name);
    run.out.changed(done, &[outcome(name, object, false, None)], Plan::Done)
}

/// The outcomes inside a reply; a changed object counts as one.
///
/// # Errors
/// A reply that is no result of a change.
pub fn results(reply: Reply, name: &str, dry_run: bool) -> Result<Vec<Outcome>> {
    let object = match reply {
        Reply::Done(outcomes) => return Ok(outcomes),
        Reply::Node(node) => format!("node/{}", node.name),
        Reply::Port(port) => format!("port/{}", port.name),
        Reply::Rule(rule) => format!("rule/{}", rule.id),
        Reply::Token { token, .. } => format!("token/{}", token.name),
        Reply::Tunnel(tunnel) => format!("tunnel/{}", tunnel.id),
        Reply::Session(session) => format!("session/{}", session.id),
        Reply::Guest(guest) => format!("guest/{}", guest.name),
        Reply::Policy(reply) => match *reply {
            PolicyReply::AccessRequest(request) => format!("access-request/{}", request.id),
            _ => return Err(crate::ctx::access::unexpected("a change")),
        },
        _ => return Err(crate::ctx::access::unexpected("a change")),
    };
    Ok(vec![outcome(name, &object, dry_run, None)])
}

/// What became of one object, or would.
pub fn outcome(name: &str, object: &str, dry_run: bool, error: Option<wire::Refusal>) -> Outcome {
    Outcome {
        object: object.into(),
        name: name.into(),
        ok: error.is_none(),
        planned: dry_run && error.is_none(),
        error,
        cut_tunnels: None,
        last_byte_ms: None,
        dropped_commands: None,
        audit: None,
        cuts: Vec::new(),
    }
}
