//! Two examples per command, shown first in its help. A test parses them.

mod grants;
mod identity;

pub use grants::GRANTS;
pub use identity::IDENTITY;

/// Command path and its examples.
pub const EXAMPLES: &[(&str, &[&str])] = &[
    ("tunnelctl", &["tunnelctl server run", "tunnelctl forward web1 8080:127.0.0.1:80"]),
    (
        "tunnelctl console",
        &["tunnelctl console", "tunnelctl console --screen tunnels --filter to:*:5432"],
    ),
    (
        "tunnelctl login",
        &[
            "tunnelctl login --token-file token.txt",
            "printf %s \"$TOKEN\" | tunnelctl login --token-file -",
        ],
    ),
    ("tunnelctl logout", &["tunnelctl logout", "tunnelctl logout --all --yes"]),
    ("tunnelctl whoami", &["tunnelctl whoami", "tunnelctl -c prod-eu whoami -o json"]),
    ("tunnelctl context", &["tunnelctl context list", "tunnelctl context use prod-eu"]),
    ("tunnelctl context list", &["tunnelctl context list", "tunnelctl context ls -o json"]),
    (
        "tunnelctl context use",
        &["tunnelctl context use prod-eu", "eval \"$(tunnelctl context use prod-eu --shell)\""],
    ),
    (
        "tunnelctl context add",
        &[
            "tunnelctl context add prod-eu --server tun.example.eu:7443 --identity mira.pem",
            "tunnelctl context add lab --server 10.0.0.5:7443 --identity lab.pem --ca-pin HASH",
        ],
    ),
    (
        "tunnelctl context update",
        &[
            "tunnelctl context update prod-eu --protected on",
            "tunnelctl context update prod-eu --server tun2.example.eu:7443",
        ],
    ),
    (
        "tunnelctl context delete",
        &["tunnelctl context delete lab", "tunnelctl context rm lab --yes"],
    ),
    (
        "tunnelctl context show",
        &["tunnelctl context show", "tunnelctl context show prod-eu -o yaml"],
    ),
    ("tunnelctl server", &["tunnelctl server run", "tunnelctl server status"]),
    (
        "tunnelctl server init",
        &[
            "tunnelctl server init --public-name tun.example.eu",
            "tunnelctl server init --dir /srv/tunnelctl --admin mira",
        ],
    ),
    (
        "tunnelctl server run",
        &[
            "tunnelctl server run --public-name tun.example.eu",
            "tunnelctl server run --dir ./data --listen 127.0.0.1:0 --ready-file ready",
        ],
    ),
    ("tunnelctl server status", &["tunnelctl server status", "tunnelctl server status -o json"]),
    ("tunnelctl server reload", &["tunnelctl server reload", "tunnelctl server reload --dry-run"]),
    (
        "tunnelctl server install",
        &["tunnelctl server install --start", "tunnelctl server install --user --print"],
    ),
    (
        "tunnelctl server uninstall",
        &[
            "tunnelctl server uninstall --confirm tunnelctl-server --reason 'moved to fra2'",
            "tunnelctl server uninstall --dry-run",
        ],
    ),
    (
        "tunnelctl server drain",
        &["tunnelctl server drain --for 2m --yes", "tunnelctl server drain --dry-run"],
    ),
    (
        "tunnelctl server recover-admin",
        &[
            "tunnelctl server recover-admin --reason 'laptop stolen' --yes",
            "tunnelctl server recover-admin --dir /srv/tunnelctl --dry-run",
        ],
    ),
    (
        "tunnelctl server config",
        &["tunnelctl server config check -f server.toml", "tunnelctl server config schema"],
    ),
    (
        "tunnelctl server config check",
        &[
            "tunnelctl server config check -f server.toml",
            "tunnelctl server config check --listen 0.0.0.0:443",
        ],
    ),
    (
        "tunnelctl server config show",
        &[
            "tunnelctl server config show --origin",
            "tunnelctl server config show -f server.toml -o json",
        ],
    ),
    (
        "tunnelctl server config schema",
        &["tunnelctl server config schema", "tunnelctl server config schema > server.toml"],
    ),
    (
        "tunnelctl enroll",
        &[
            "tunnelctl enroll --token-file token --name edge-vie-11",
            "tunnelctl enroll --token-file - --allow 10.20.0.0/16:5432 < token",
        ],
    ),
    ("tunnelctl agent", &["tunnelctl agent run", "tunnelctl agent status"]),
    (
        "tunnelctl agent run",
        &["tunnelctl agent run", "tunnelctl agent run --state-dir ./node --ready-file ready"],
    ),
    (
        "tunnelctl agent status",
        &["tunnelctl agent status", "tunnelctl agent status --exit-code -o json"],
    ),
    (
        "tunnelctl agent install",
        &["tunnelctl agent install --start", "tunnelctl agent install --user --dry-run"],
    ),
    (
        "tunnelctl agent uninstall",
        &["tunnelctl agent uninstall --yes", "tunnelctl agent uninstall --user --dry-run"],
    ),
    ("tunnelctl agent logs", &["tunnelctl agent logs -f", "tunnelctl agent logs -n 500"]),
    ("tunnelctl agent rotate", &["tunnelctl agent rotate", "tunnelctl agent rotate --wait 2m"]),
    (
        "tunnelctl agent unenroll",
        &["tunnelctl agent unenroll", "tunnelctl agent unenroll --yes --force"],
    ),
    (
        "tunnelctl agent config",
        &[
            "tunnelctl agent config show",
            "tunnelctl agent config set allow localhost:* 10.0.0.0/8:22",
        ],
    ),
    (
        "tunnelctl agent config show",
        &["tunnelctl agent config show", "tunnelctl agent config show --state-dir ./node"],
    ),
    (
        "tunnelctl agent config check",
        &["tunnelctl agent config check", "tunnelctl agent config check --state-dir ./node"],
    ),
    (
        "tunnelctl agent config set",
        &[
            "tunnelctl agent config set allow localhost:* 10.0.1.50:5432",
            "tunnelctl agent config set server tun.example.eu:7443",
        ],
    ),
    ("tunnelctl nodes", &["tunnelctl nodes list", "tunnelctl nodes get web1"]),
    (
        "tunnelctl nodes list",
        &[
            "tunnelctl nodes list -l site=ber --state online,degraded",
            "tunnelctl nodes list -o json --sort rtt:desc",
        ],
    ),
    ("tunnelctl nodes get", &["tunnelctl nodes get web1", "tunnelctl nodes get web1 -o yaml"]),
    (
        "tunnelctl nodes watch",
        &["tunnelctl nodes watch", "tunnelctl nodes watch web1 --events up,down -o jsonl"],
    ),
    (
        "tunnelctl nodes wait",
        &[
            "tunnelctl nodes wait web1 --for online --timeout 5m",
            "tunnelctl nodes wait web1 --for version=1.9.0",
        ],
    ),
    (
        "tunnelctl nodes is-online",
        &["tunnelctl nodes is-online web1", "tunnelctl nodes is-online web1 -q && echo up"],
    ),
    (
        "tunnelctl nodes update",
        &[
            "tunnelctl nodes update web1 --label site=ber --label ring-",
            "tunnelctl nodes update web1 web2 --owner mira",
        ],
    ),
    (
        "tunnelctl nodes rename",
        &["tunnelctl nodes rename web1 web-old", "tunnelctl nodes rename n_7f3k2qaaaaaa web1"],
    ),
    (
        "tunnelctl nodes reconnects",
        &["tunnelctl nodes reconnects web1", "tunnelctl nodes reconnects web1 --since 24h -o json"],
    ),
    ("tunnelctl nodes path", &["tunnelctl nodes path web1", "tunnelctl nodes path web1 -o json"]),
    (
        "tunnelctl nodes delete",
        &["tunnelctl nodes delete web-old --yes", "tunnelctl nodes delete web-old --dry-run"],
    ),
    (
        "tunnelctl forward",
        &[
            "tunnelctl forward web1 0:10.20.4.11:5432 --exec psql -- -h {host} -p {port} app",
            "tunnelctl forward -f ~/forwards.toml --detach",
        ],
    ),
    ("tunnelctl forward list", &["tunnelctl forward list", "tunnelctl forward ls -o json"]),
    ("tunnelctl forward get", &["tunnelctl forward get db", "tunnelctl forward show f_2a -o yaml"]),
    (
        "tunnelctl forward attach",
        &["tunnelctl forward attach db", "tunnelctl -o jsonl forward attach db"],
    ),
    (
        "tunnelctl forward close",
        &["tunnelctl forward close db", "tunnelctl forward close --all --dry-run"],
    ),
    (
        "tunnelctl reverse",
        &[
            "tunnelctl reverse web1 127.0.0.1:9000 localhost:3000",
            "tunnelctl reverse web1 0.0.0.0:8080 localhost:80 --guest-visible --yes",
        ],
    ),
    (
        "tunnelctl share",
        &[
            "tunnelctl share 3000 --for 2h --from 203.0.113.7",
            "tunnelctl -o jsonl share localhost:8080 --for 30m --anyone-really --name preview",
        ],
    ),
    (
        "tunnelctl socks",
        &[
            "tunnelctl socks --listen 127.0.0.1:1080",
            "tunnelctl socks -l site=ber --pick sticky --listen 127.0.0.1:0 --http --env",
        ],
    ),
    (
        "tunnelctl connect",
        &[
            "ssh -o ProxyCommand='tunnelctl connect %h:%p' pi@web1.tun",
            "tunnelctl connect web1 10.20.4.11:5432 < query > reply",
        ],
    ),
    ("tunnelctl tunnels", &["tunnelctl tunnels list", "tunnelctl tunnels close t_9w01aaaaaaaa"]),
    (
        "tunnelctl tunnels list",
        &[
            "tunnelctl tunnels list --node web1",
            "tunnelctl tunnels list --sort down:desc --limit 3",
        ],
    ),
    (
        "tunnelctl tunnels get",
        &["tunnelctl tunnels get t_9w01aaaaaaaa --trace", "tunnelctl tunnels get t_9w01 -o json"],
    ),
    (
        "tunnelctl tunnels watch",
        &["tunnelctl tunnels watch", "tunnelctl tunnels watch --node web1 -o jsonl"],
    ),
    (
        "tunnelctl tunnels close",
        &["tunnelctl tunnels close t_9w01aaaaaaaa", "tunnelctl tunnels close --node web1 --yes"],
    ),
    ("tunnelctl doctor", &["tunnelctl doctor --port db", "tunnelctl doctor --bundle help.json"]),
    ("tunnelctl agent test", &["tunnelctl agent test", "tunnelctl agent test -o json"]),
    (
        "tunnelctl links",
        &[
            "tunnelctl links create db --at web1:127.0.0.1:5432 --to web2:10.0.1.50:5432",
            "tunnelctl links list",
        ],
    ),
    (
        "tunnelctl links create",
        &[
            "tunnelctl links create db --at web1:127.0.0.1:5432 --to web2:10.0.1.50:5432",
            "tunnelctl links create api --at web1:0.0.0.0:8080 --to web2:80 --if-missing --yes",
        ],
    ),
    (
        "tunnelctl links list",
        &["tunnelctl links list", "tunnelctl links list --state refused -o json"],
    ),
    ("tunnelctl links get", &["tunnelctl links get db", "tunnelctl links get db -o json"]),
    (
        "tunnelctl links delete",
        &["tunnelctl links delete db --yes", "tunnelctl links delete db --dry-run"],
    ),
    (
        "tunnelctl ports",
        &["tunnelctl ports create db --node web1 --to 10.0.1.50:5432", "tunnelctl ports list"],
    ),
    (
        "tunnelctl ports create",
        &[
            "tunnelctl ports create db --node web1 --to 10.0.1.50:5432",
            "tunnelctl ports create web --node web1 --node web2 --pick least --to localhost:80 --proxy-protocol v2",
        ],
    ),
    (
        "tunnelctl ports update",
        &[
            "tunnelctl ports update web --rate 5MB/s --max-tunnels none",
            "tunnelctl ports update web --node web1 --node web3 --yes",
        ],
    ),
    ("tunnelctl ports watch", &["tunnelctl ports watch", "tunnelctl ports watch db -o jsonl"]),
    (
        "tunnelctl ports list",
        &["tunnelctl ports list", "tunnelctl ports list --state holding -o json"],
    ),
    ("tunnelctl ports get", &["tunnelctl ports get db", "tunnelctl ports get db -o json"]),
    (
        "tunnelctl ports delete",
        &["tunnelctl ports delete db --yes", "tunnelctl ports delete db --dry-run"],
    ),
    ("tunnelctl ports enable", &["tunnelctl ports enable db", "tunnelctl ports enable db web"]),
    (
        "tunnelctl ports disable",
        &["tunnelctl ports disable db --yes", "tunnelctl ports disable db --dry-run"],
    ),
    ("tunnelctl audit", &["tunnelctl audit list --since 3h", "tunnelctl audit verify"]),
    (
        "tunnelctl audit list",
        &[
            "tunnelctl audit list action:*.denied --since 3h",
            "tunnelctl audit list -o jsonl > audit.jsonl",
        ],
    ),
    ("tunnelctl audit get", &["tunnelctl audit get 42", "tunnelctl audit get 42 -o json"]),
    ("tunnelctl audit tail", &["tunnelctl audit tail -n 50", "tunnelctl audit tail -f -o jsonl"]),
    (
        "tunnelctl audit verify",
        &["tunnelctl audit verify", "tunnelctl audit verify --file audit.jsonl"],
    ),
    (
        "tunnelctl completions",
        &[
            "tunnelctl completions bash > ~/.local/share/bash-completion/completions/tunnelctl",
            "tunnelctl completions fish > ~/.config/fish/completions/tunnelctl.fish",
        ],
    ),
    ("tunnelctl man", &["tunnelctl man | man -l -", "tunnelctl man --out man1"]),
    ("tunnelctl schema", &["tunnelctl schema", "tunnelctl schema Node"]),
    ("tunnelctl config", &["tunnelctl config show", "tunnelctl config show --origin"]),
    ("tunnelctl config show", &["tunnelctl config show --origin", "tunnelctl config show -o json"]),
    ("tunnelctl version", &["tunnelctl version", "tunnelctl version -o json"]),
    ("tunnelctl demo", &["tunnelctl demo --headless", "tunnelctl demo --nodes 400 --serve"]),
    ("tunnelctl help", &["tunnelctl help forward", "tunnelctl help exit-codes"]),
];
