//! Operators besides the admin: enrolled by token, each with the role a test needs.

use super::{Fleet, PATIENCE};
use anyhow::{Context, Result, bail};
use link::control::{Reader, write_frame};
use link::dial::dial;
use link::operator::{Access, Operator};
use link::tls::{ClientTls, Credentials};
use link::{Clock, System};
use pki::{KeyPair, Token, Trust};
use wire::limits::MAX_FRAME_ENROL;
use wire::message::Hello;
use wire::message::enrol::{EnrolReply, EnrolRequest, ToEnrol};
use wire::message::operator::{Intent, PolicyRequest, Reply, Request, RuleSpec, TokenSpec};
use wire::message::view::{Effect, Permission, RuleView, TokenKind};
use wire::{Labels, Name, alpn};

/// A rule that allows one operator or role something.
pub fn allow(who: &str, nodes: Option<&str>, to: Option<&str>) -> RuleSpec {
    RuleSpec {
        effect: Effect::Allow,
        who: who.into(),
        from: None,
        port: None,
        until: None,
        before: None,
        disabled: false,
        anyone_really: false,
        nodes: nodes.map(Into::into),
        to: to.map(Into::into),
        at: None,
    }
}

/// A request about policy.
pub fn policy(request: PolicyRequest) -> Request {
    Request::Policy(Box::new(request))
}

impl Fleet {
    /// Makes a role.
    ///
    /// # Errors
    /// Refused.
    pub async fn role(&mut self, name: &str, permissions: &[Permission]) -> Result<()> {
        let request = PolicyRequest::RoleCreate {
            name: name.parse()?,
            permissions: permissions.to_vec(),
            max_session_ms: None,
            intent: Intent::default(),
        };
        self.ask(policy(request)).await?;
        Ok(())
    }

    /// Adds a rule.
    ///
    /// # Errors
    /// Refused.
    pub async fn rule(&mut self, spec: RuleSpec) -> Result<RuleView> {
        match self.ask(Request::RuleCreate { spec, intent: Intent::default() }).await? {
            Reply::Rule(rule) => Ok(rule),
            other => bail!("not a rule: {other:?}"),
        }
    }

    /// Enrols an operator with a role, and connects as him.
    ///
    /// # Errors
    /// Any step fails.
    pub async fn person(&mut self, name: &str, role: &str) -> Result<Operator> {
        let access = self.person_access(name, role).await?;
        Ok(Operator::connect(&access, self.shutdown()).await?)
    }

    /// The same, but only how he reaches the server.
    ///
    /// # Errors
    /// Any step fails.
    pub async fn person_access(&mut self, name: &str, role: &str) -> Result<Access> {
        self.person_with(name, role, &KeyPair::generate()?).await
    }

    /// The same with a key of the test's own.
    ///
    /// # Errors
    /// Any step fails.
    pub async fn person_with(&mut self, name: &str, role: &str, key: &KeyPair) -> Result<Access> {
        let pin = self.server()?.admin().ca_pin;
        let address = self.address()?.to_string();
        let token = Token::generate(pin, vec![address.clone()])?;
        let name: Name = name.parse()?;
        let spec = TokenSpec {
            kind: TokenKind::Operator,
            role: Some(role.parse()?),
            ..Self::token_spec(name.clone(), &token)
        };
        self.ask(Request::TokenCreate { spec, intent: Intent::default() }).await?;
        let mut conn = dial(&address, &ClientTls::pinned(pin)?, alpn::ENROL, PATIENCE).await?;
        let request = ToEnrol::Enrol(EnrolRequest {
            hello: Hello::ours("testbed", 0),
            secret: token.secret.to_vec().into(),
            csr: key.csr()?.into(),
            name: Some(name),
            labels: None,
            inventory: None,
        });
        write_frame(&mut conn.io, &request, MAX_FRAME_ENROL).await.context("the request")?;
        let reply = Reader::new(conn.io, MAX_FRAME_ENROL).next().await.context("the reply")?;
        let EnrolReply::Operator { chain, trust, .. } = reply else {
            bail!("not enrolled: {reply:?}")
        };
        let chain = chain.into_iter().map(|der| Vec::from(der).into()).collect();
        let roots = link::bundle::from_wire(trust).accept_pinned(&pin, System.wall().0)?;
        let trust = Trust::of(roots)?;
        let tls = ClientTls::authenticated(&trust, Credentials::new(chain, key)?)?;
        Ok(Access { tls, ..self.access()? })
    }

    fn token_spec(name: Name, token: &Token) -> TokenSpec {
        TokenSpec {
            binding: Default::default(),
            name,
            kind: TokenKind::Node,
            uses: 1,
            ttl_ms: Some(600_000),
            labels: Labels::default(),
            role: None,
            secret_hash: token.hash().to_vec().into(),
            allow: Vec::new(),
        }
    }
}
