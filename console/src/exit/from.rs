//! Errors of the libraries as failures of the command line: which exit code, which hint.

use super::{Exit, Failure};
use agent::AgentError;
use agent::config::ConfigError as AgentConfigError;
use agent::enrol::EnrolError;
use fleet_server::StartError;
use fleet_server::config::ConfigError as ServerConfigError;
use link::dial::DialError;
use link::operator::OperatorError;
use link::tls::TlsError;
use pki::PkiError;
use wire::{CloseReason, Refusal, RefusalCode};

impl From<RefusalCode> for Exit {
    fn from(code: RefusalCode) -> Self {
        match code {
            RefusalCode::Failed => Self::Failed,
            RefusalCode::Usage => Self::Usage,
            RefusalCode::NotFound => Self::NotFound,
            RefusalCode::Auth => Self::Auth,
            RefusalCode::Denied => Self::Denied,
            RefusalCode::NodeOffline => Self::NodeOffline,
            RefusalCode::Timeout => Self::Timeout,
            RefusalCode::Server => Self::Server,
            RefusalCode::Conflict => Self::Conflict,
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let mut failure = Self::new(refusal.code.into(), refusal.message.to_string());
        failure.code = refusal.code.as_str();
        if let Some(rule) = refusal.rule
            && !failure.message.contains(&rule.to_string())
        {
            failure.message.push_str(&format!(" (rule {rule})"));
        }
        failure.hint = refusal.hint.map(|h| h.to_string());
        failure
    }
}

impl From<OperatorError> for Failure {
    fn from(error: OperatorError) -> Self {
        let message = error.to_string();
        match error {
            OperatorError::Dial(dial) => dial.into(),
            OperatorError::Refused(refusal) => refusal.into(),
            OperatorError::Open { reason, refusal } => opening(reason, refusal),
            OperatorError::Lost => Self::new(Exit::Server, message)
                .hint("the outcome is unknown: tunnelctl audit list --since 5m"),
            OperatorError::Timeout(_) => {
                Self::new(Exit::Timeout, message).hint("allow more time with --timeout 2m")
            }
            OperatorError::Unsupported => Self::new(Exit::Server, message)
                .hint("tunnelctl version     shows both versions")
                .permanent(),
            OperatorError::Protocol(_) => Self::new(Exit::Server, message).permanent(),
        }
    }
}

/// A tunnel that did not open: what happened at the target decides (cli.md §6).
fn opening(reason: CloseReason, refusal: Refusal) -> Failure {
    let exit = match reason {
        CloseReason::DialRefused | CloseReason::DialUnreachable => Exit::Failed,
        CloseReason::DialTimeout => Exit::Timeout,
        CloseReason::Unresolvable => Exit::NotFound,
        // Nothing of that name, or somebody else's, is no denial, although the tunnel was.
        CloseReason::Denied
            if matches!(
                refusal.code,
                RefusalCode::NotFound | RefusalCode::Usage | RefusalCode::Conflict
            ) =>
        {
            refusal.code.into()
        }
        CloseReason::Denied | CloseReason::TargetNotAllowed => Exit::Denied,
        _ => refusal.code.into(),
    };
    let mut failure = Failure::from(refusal).exiting(exit);
    let by_exit =
        exit == Exit::NodeOffline || (reason == CloseReason::Denied && exit != Exit::Denied);
    failure.code = if by_exit { exit.as_str() } else { reason.as_str() };
    failure
}

impl From<DialError> for Failure {
    fn from(error: DialError) -> Self {
        let message = error.to_string();
        match error {
            DialError::Unwelcome { .. } => Self::new(Exit::Auth, message)
                .hint("expired or revoked: tunnelctl login --token-file F with a new token")
                .permanent(),
            DialError::WrongCa { .. } => Self::new(Exit::Server, message)
                .hint("tunnelctl context show     compares server and CA pin")
                .permanent(),
            DialError::WrongClock { .. } => Self::new(Exit::Server, message).permanent(),
            DialError::Proxy { .. } => Self::new(Exit::Server, message)
                .hint("HTTPS_PROXY and NO_PROXY, or TUNNELCTL_PROXY: tunnelctl help environment"),
            DialError::Portal { .. } => {
                Self::new(Exit::Server, message).hint("open any web page in a browser")
            }
            DialError::Resolve { .. } => {
                Self::new(Exit::Server, message).hint("check the address: tunnelctl context show")
            }
            _ => Self::new(Exit::Server, message)
                .hint("is the server running, and is this its address? tunnelctl context show"),
        }
    }
}

impl From<PkiError> for Failure {
    fn from(error: PkiError) -> Self {
        let message = error.to_string();
        match error {
            PkiError::LooseMode { path, want, .. } => {
                Self::usage(message).hint(format!("chmod {want:o} {}", path.display()))
            }
            PkiError::Token(_) => Self::usage(message)
                .hint("a token is one line that starts with tun_, as tokens create printed it"),
            PkiError::File { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                Self::new(Exit::NotFound, message)
            }
            _ => Self::new(Exit::Failed, message),
        }
    }
}

impl From<TlsError> for Failure {
    fn from(error: TlsError) -> Self {
        match error {
            TlsError::Pki(pki) => pki.into(),
            other => Self::new(Exit::Failed, other.to_string()),
        }
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        let message = error.to_string();
        match error {
            StartError::Config(config) => config.into(),
            StartError::Pki(pki) => pki.into(),
            StartError::InUse { .. } => Self::new(Exit::Conflict, message)
                .hint("stop it first, or give this one a directory of its own with --dir"),
            StartError::AddressTaken { .. } => {
                Self::new(Exit::Conflict, message).hint("choose another with --listen")
            }
            _ => Self::new(Exit::Failed, message),
        }
    }
}

impl From<ServerConfigError> for Failure {
    fn from(error: ServerConfigError) -> Self {
        let message = error.to_string();
        match error {
            ServerConfigError::Missing { .. } => Self::new(Exit::NotFound, message),
            _ => Self::usage(message).hint("tunnelctl server config schema     lists every key"),
        }
    }
}

impl From<AgentConfigError> for Failure {
    fn from(error: AgentConfigError) -> Self {
        Self::usage(error.to_string()).hint("tunnelctl agent config show")
    }
}

impl From<AgentError> for Failure {
    fn from(error: AgentError) -> Self {
        let message = error.to_string();
        match error {
            AgentError::Config(config) => config.into(),
            AgentError::Pki(pki) => pki.into(),
            AgentError::InUse { .. } => Self::new(Exit::Conflict, message)
                .hint("one agent per state directory: stop that one, or use --state-dir"),
            AgentError::NotEnrolled { .. } => {
                Self::new(Exit::Auth, message).hint("tunnelctl enroll --token-file FILE")
            }
            _ => Self::new(Exit::Failed, message),
        }
    }
}

impl From<EnrolError> for Failure {
    fn from(error: EnrolError) -> Self {
        let message = error.to_string();
        match error {
            EnrolError::Already { .. } => Self::new(Exit::Conflict, message)
                .hint("--force replaces the identity; the old one stays known to the server"),
            EnrolError::InUse { .. } => Self::new(Exit::Conflict, message)
                .hint("stop it first, or enrol into a directory of its own with --state-dir"),
            EnrolError::OtherCa => Self::new(Exit::Server, message)
                .hint("take token and --ca-pin from the same server")
                .permanent(),
            EnrolError::Pki(pki) => pki.into(),
            EnrolError::Dial(dial) => dial.into(),
            EnrolError::Refused(refusal) => refusal.into(),
            EnrolError::NotApproved { name, .. } => Self::new(Exit::Timeout, message).hint(
                format!("tunnelctl pending approve {name}, then the same tunnelctl enroll again"),
            ),
            EnrolError::Config(config) => config.into(),
            EnrolError::Protocol(_) => Self::new(Exit::Server, message).permanent(),
            EnrolError::Io(_) => Self::new(Exit::Failed, message),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::closed_pipe(),
            std::io::ErrorKind::NotFound => Self::new(Exit::NotFound, error.to_string()),
            std::io::ErrorKind::AddrInUse => Self::new(Exit::Conflict, error.to_string()),
            _ => Self::new(Exit::Failed, error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(reason: CloseReason) -> Failure {
        OperatorError::Open { reason, refusal: Refusal::new(RefusalCode::Failed, "no") }.into()
    }

    #[test]
    fn what_happened_at_the_target_decides_the_exit_code() {
        for (reason, code) in [
            (CloseReason::DialRefused, 1),
            (CloseReason::DialUnreachable, 1),
            (CloseReason::DialTimeout, 7),
            (CloseReason::Unresolvable, 3),
            (CloseReason::Denied, 5),
            (CloseReason::TargetNotAllowed, 5),
        ] {
            assert_eq!(opened(reason).exit.code(), code, "{reason}");
        }
    }

    #[test]
    fn a_node_that_is_not_there_is_not_found_and_no_denial() {
        let refusal = Refusal::new(RefusalCode::NotFound, "no node \"nope\"");
        let failure = Failure::from(OperatorError::Open { reason: CloseReason::Denied, refusal });
        assert_eq!((failure.exit, failure.code), (Exit::NotFound, "not_found"));
    }

    #[test]
    fn a_denial_names_its_rule() {
        let rule = wire::RuleId::from_random(7);
        let refusal = Refusal::new(RefusalCode::Denied, "not for you").rule(rule);
        let failure = Failure::from(refusal);
        assert_eq!(failure.exit, Exit::Denied);
        assert!(failure.message.contains(&rule.to_string()), "{}", failure.message);
    }

    #[test]
    fn the_pin_and_the_clock_are_the_servers_fault_line_and_a_refused_certificate_is_auth() {
        let address = std::net::SocketAddr::from(([127, 0, 0, 1], 7443));
        let wrong = Failure::from(DialError::WrongCa { address });
        assert_eq!((wrong.exit, wrong.retryable), (Exit::Server, false));
        assert_eq!(Failure::from(DialError::WrongClock { address }).exit, Exit::Server);
        let refused = Failure::from(DialError::Refused { address });
        assert_eq!((refused.exit, refused.retryable), (Exit::Server, true));
        let unwelcome = DialError::Unwelcome { address, what: "revoked".to_owned() };
        assert_eq!(Failure::from(unwelcome).exit, Exit::Auth);
    }
}
