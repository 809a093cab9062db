//! Examples of what is granted or blocked for a time.

/// Command path and its examples.
pub const GRANTS: &[(&str, &[&str])] = &[
    ("tunnelctl sessions", &["tunnelctl sessions start --for 4h", "tunnelctl sessions list"]),
    (
        "tunnelctl sessions start",
        &[
            "tunnelctl sessions start --for 4h",
            "tunnelctl sessions start --ip 203.0.113.7 --port db --watch",
        ],
    ),
    (
        "tunnelctl sessions extend",
        &[
            "tunnelctl sessions extend s_51aa --for 2h",
            "tunnelctl sessions extend s_51aa --for 2h --dry-run",
        ],
    ),
    (
        "tunnelctl sessions list",
        &["tunnelctl sessions list", "tunnelctl sessions list --kind access -o json"],
    ),
    (
        "tunnelctl sessions get",
        &["tunnelctl sessions get s_51aa", "tunnelctl sessions get s_51aa -o json"],
    ),
    (
        "tunnelctl sessions end",
        &["tunnelctl sessions end s_51aa --yes", "tunnelctl sessions end --operator jon --yes"],
    ),
    (
        "tunnelctl sessions watch",
        &["tunnelctl sessions watch", "tunnelctl sessions watch -o jsonl"],
    ),
    (
        "tunnelctl guests",
        &[
            "tunnelctl guests admit lee --port db --from 203.0.113.7 --for 2h --reason audit",
            "tunnelctl guests list",
        ],
    ),
    (
        "tunnelctl guests admit",
        &[
            "tunnelctl guests admit lee --port db --from 203.0.113.7 --for 2h --reason audit",
            "tunnelctl guests admit lee --port db --from 203.0.113.0/24 --for 1d --reason x --dry-run",
        ],
    ),
    (
        "tunnelctl guests invite",
        &[
            "tunnelctl guests invite lee --node kiosk-cdg-042 --to 127.0.0.1:9222 --for 1h",
            "tunnelctl guests invite lee --node web1 --to 8080 --for 2h --max-rate 5MB/s --tunnels 4 -q",
        ],
    ),
    ("tunnelctl guests list", &["tunnelctl guests list", "tunnelctl guests list --all -o json"]),
    ("tunnelctl guests get", &["tunnelctl guests get lee", "tunnelctl guests get lee -o json"]),
    (
        "tunnelctl guests extend",
        &["tunnelctl guests extend lee --for 2h", "tunnelctl guests extend lee --for 2h --dry-run"],
    ),
    (
        "tunnelctl guests delete",
        &["tunnelctl guests delete lee --yes", "tunnelctl guests rm lee --dry-run"],
    ),
    (
        "tunnelctl lock",
        &[
            "tunnelctl lock node web1 --for 3h --reason INC-4402",
            "tunnelctl lock operator jon --reason left --yes",
        ],
    ),
    (
        "tunnelctl lock node",
        &[
            "tunnelctl lock node web1 --for 3h --reason INC-4402",
            "tunnelctl lock node web1 --reason test --dry-run",
        ],
    ),
    (
        "tunnelctl lock operator",
        &[
            "tunnelctl lock operator jon --reason left --yes",
            "tunnelctl lock operator jon --drain --reason holiday --yes",
        ],
    ),
    (
        "tunnelctl lock session",
        &[
            "tunnelctl lock session s_51aa --reason check --yes",
            "tunnelctl lock session s_51aa --reason check --dry-run",
        ],
    ),
    (
        "tunnelctl lock guest",
        &[
            "tunnelctl lock guest lee --reason check --yes",
            "tunnelctl lock guest lee --reason check --dry-run",
        ],
    ),
    (
        "tunnelctl lock port",
        &[
            "tunnelctl lock port db --reason INC-4402 --yes",
            "tunnelctl lock port db --drain --for 1h --reason upgrade --yes",
        ],
    ),
    (
        "tunnelctl lock all",
        &[
            "tunnelctl lock all --reason INC-4402 --confirm all",
            "tunnelctl lock all --reason INC-4402 --dry-run",
        ],
    ),
    ("tunnelctl unlock", &["tunnelctl unlock node web1", "tunnelctl unlock all"]),
    ("tunnelctl unlock node", &["tunnelctl unlock node web1", "tunnelctl unlock node web1 web2"]),
    (
        "tunnelctl unlock operator",
        &["tunnelctl unlock operator jon", "tunnelctl unlock operator jon --dry-run"],
    ),
    (
        "tunnelctl unlock session",
        &["tunnelctl unlock session s_51aa", "tunnelctl unlock session s_51aa --dry-run"],
    ),
    (
        "tunnelctl unlock guest",
        &["tunnelctl unlock guest lee", "tunnelctl unlock guest lee --dry-run"],
    ),
    ("tunnelctl unlock port", &["tunnelctl unlock port db", "tunnelctl unlock port db --dry-run"]),
    ("tunnelctl unlock all", &["tunnelctl unlock all", "tunnelctl unlock all --dry-run"]),
    ("tunnelctl locks", &["tunnelctl locks list", "tunnelctl locks get l_03aa"]),
    ("tunnelctl locks list", &["tunnelctl locks list", "tunnelctl locks list --all -o json"]),
    ("tunnelctl locks get", &["tunnelctl locks get l_03aa", "tunnelctl locks get l_03aa -o json"]),
    (
        "tunnelctl revoke operator",
        &[
            "tunnelctl revoke operator jon --confirm jon --reason left",
            "tunnelctl revoke operator jon --dry-run",
        ],
    ),
    (
        "tunnelctl revoke session",
        &["tunnelctl revoke session s_51aa --yes", "tunnelctl revoke session s_51aa --dry-run"],
    ),
    (
        "tunnelctl revoke guest",
        &["tunnelctl revoke guest lee --yes", "tunnelctl revoke guest lee --dry-run"],
    ),
];
