# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_tunnelctl_global_optspecs
    string join \n c/context= server= identity= ca-pin= o/output= columns= sort= no-header q/quiet v/verbose log-file= color= no-color ascii utc time= y/yes confirm= reason= n/dry-run exit-code no-input timeout= retry= read-only accessible h/help V/version
end

function __fish_tunnelctl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_tunnelctl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_tunnelctl_using_subcommand
    set -l cmd (__fish_tunnelctl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -s V -l version -d 'Print version'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -f -a "console" -d 'Open the terminal console'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -f -a "whoami" -d 'Show who you are to the server'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -f -a "context" -d 'Servers and identities you can use'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -f -a "server" -d 'Run and look after the fleet server'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -f -a "enroll" -d 'Enrol this machine as a node'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -f -a "agent" -d 'Run and look after the agent on this machine'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -f -a "nodes" -d 'Enrolled machines'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -f -a "forward" -d 'Forward local ports to targets at a node'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -f -a "socks" -d 'Run a SOCKS5 proxy whose targets are dialled at a node'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -f -a "connect" -d 'Join stdin and stdout to a target at a node (ssh ProxyCommand)'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -f -a "tunnels" -d 'Live byte streams'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -f -a "ports" -d 'Published ports'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -f -a "rules" -d 'The ordered allow and deny policy'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -f -a "revoke" -d 'End a credential for good'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -f -a "tokens" -d 'Enrolment secrets'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -f -a "audit" -d 'The chained record of everything that happened'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -f -a "completions" -d 'Print a shell completion script'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -f -a "man" -d 'Print the manual, or write one page per command'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -f -a "schema" -d 'Print the JSON Schema of a kind'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -f -a "config" -d 'Preferences and where they come from'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -f -a "version" -d 'Versions of this program and the server'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -f -a "demo" -d 'Try it: a server, nodes and live traffic in this process'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -f -a "help" -d 'Explain a command or a topic'
complete -c tunnelctl -n "__fish_tunnelctl_needs_command" -f -a "__complete" -d 'Names for completion, from the cache'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -l screen -d 'Open this screen: fleet or tunnels' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -l filter -d 'Start with this filter' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -l theme -d 'The look: terminal, mono, dark, light, contrast or colorblind' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -l record -d 'Write everything that reaches the console to this file, for bug reports' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -l replay -d 'Play a recording instead of connecting' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -l speed -d 'Play it this many times as fast' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -l no-state -d 'Neither read nor keep the last screen'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand console" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand whoami" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand whoami" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand whoami" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand whoami" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand whoami" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand whoami" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand whoami" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand whoami" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand whoami" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand whoami" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand whoami" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand whoami" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand whoami" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand whoami" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand whoami" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand whoami" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand whoami" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand whoami" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand whoami" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand whoami" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand whoami" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand whoami" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand whoami" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand whoami" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand whoami" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand whoami" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand whoami" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -f -a "list" -d 'List contexts'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -f -a "ls" -d 'List contexts'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -f -a "use" -d 'Make a context the default'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -f -a "add" -d 'Add a context: NAME --server HOST:PORT --identity FILE [--ca-pin HASH]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -f -a "update" -d 'Change server, identity, pin or protection of a context'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -f -a "delete" -d 'Remove a context with its key'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -f -a "rm" -d 'Remove a context with its key'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and not __fish_seen_subcommand_from list ls use add update delete rm show" -f -a "show" -d 'Show one context, by default the one in use'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from list" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from list" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from list" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from list" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from list" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from list" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from list" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from list" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from list" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from list" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from list" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from list" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from list" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from list" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from list" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from list" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from list" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from list" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from list" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from list" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from list" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from list" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from list" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from ls" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from ls" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from ls" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from ls" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from ls" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from ls" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from ls" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from ls" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from ls" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from ls" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from ls" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from ls" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from ls" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from ls" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from ls" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from ls" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from ls" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from ls" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from ls" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from ls" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from ls" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from ls" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from ls" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from ls" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -l shell -d 'Print a line for this shell only: eval "$(tunnelctl context use NAME --shell)"'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -l global -d 'Set the default in config.toml (without --shell this happens anyway)'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from use" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from add" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from add" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from add" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from add" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from add" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from add" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from add" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from add" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from add" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from add" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from add" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from add" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from add" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from add" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from add" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from add" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from add" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from add" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from add" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from add" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from add" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from add" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from add" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from add" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -l protected -d 'Confirm every change one level higher' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -l no-changes -d 'Refuse changes through this context' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from update" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from delete" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from delete" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from delete" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from delete" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from delete" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from delete" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from delete" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from delete" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from delete" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from delete" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from delete" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from delete" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from delete" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from delete" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from delete" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from delete" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from delete" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from delete" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from delete" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from delete" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from delete" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from delete" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from delete" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from delete" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from rm" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from rm" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from rm" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from rm" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from rm" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from rm" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from rm" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from rm" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from rm" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from rm" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from rm" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from rm" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from rm" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from rm" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from rm" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from rm" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from rm" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from rm" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from rm" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from rm" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from rm" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from rm" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from rm" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from rm" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from show" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from show" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from show" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from show" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from show" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from show" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from show" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from show" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from show" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from show" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from show" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from show" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from show" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from show" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from show" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from show" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from show" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from show" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from show" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from show" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from show" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from show" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from show" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand context; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -f -a "init" -d 'Create the data directory: CA, admin, default rules'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -f -a "run" -d 'Run the server in the foreground'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -f -a "status" -d 'Show the server\'s state'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -f -a "drain" -d 'Refuse new work, wait for tunnels, then stop'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and not __fish_seen_subcommand_from init run status drain config" -f -a "config" -d 'Check, show or explain the configuration'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -l dir -d 'Data directory [default: /var/lib/tunnelctl/server for root, else $XDG_STATE_HOME/tunnelctl/server]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -l listen -d 'TLS listener; repeat for several; port 0 picks one [default: [::]:7443]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -l public-name -d 'Name put into tokens and certificates; repeat for several' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -l port-range -d 'Numbers for published ports [default: 20000-29999]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -l metrics -d 'Metrics listener, or off [default: 127.0.0.1:9464]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -l admin -d 'Name of the first admin [default: admin]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -s f -l file -d 'Configuration file (keys: tunnelctl server config schema)' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l dir -d 'Data directory [default: /var/lib/tunnelctl/server for root, else $XDG_STATE_HOME/tunnelctl/server]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l listen -d 'TLS listener; repeat for several; port 0 picks one [default: [::]:7443]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l public-name -d 'Name put into tokens and certificates; repeat for several' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l port-range -d 'Numbers for published ports [default: 20000-29999]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l metrics -d 'Metrics listener, or off [default: 127.0.0.1:9464]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l admin -d 'Name of the first admin [default: admin]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -s f -l file -d 'Configuration file (keys: tunnelctl server config schema)' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l ready-file -d 'Write the bound addresses here, one per line, once the server serves' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l log-dir -d 'Keep daily log files here instead of logging to stderr' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l grace -d 'How long tunnels may take to end after SIGTERM' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from status" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from status" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from status" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from status" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from status" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from status" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from status" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from status" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from status" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from status" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from status" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from status" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from status" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from status" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from status" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from status" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from status" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from status" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from status" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from status" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from status" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from status" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from status" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from status" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -l for -d 'How long tunnels may take to end' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from drain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -f -a "check" -d 'Check file, environment and flags; exit 2 names what is wrong'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -f -a "show" -d 'Print the configuration in effect'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand server; and __fish_seen_subcommand_from config" -f -a "schema" -d 'Print every key of the file with its default'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -l token-file -d 'File with the token; - reads standard input [env: TUNNELCTL_TOKEN holds the token itself]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -l name -d 'Name wished for (default: the host name)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -l label -d 'Label; repeat for several' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -l allow -d 'Target that tunnels may reach here, besides this machine itself; repeat for several' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -l state-dir -d 'State directory [default: /var/lib/tunnelctl/agent for root, else $XDG_STATE_HOME/tunnelctl/agent]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -l force -d 'Replace an existing identity'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand enroll" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -f -a "run" -d 'Run the agent in the foreground; it never ends for lack of network'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -f -a "status" -d 'Show what the agent on this machine is doing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and not __fish_seen_subcommand_from run status config" -f -a "config" -d 'Show, check or change agent.toml'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -l state-dir -d 'State directory [default: /var/lib/tunnelctl/agent for root, else $XDG_STATE_HOME/tunnelctl/agent]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -l ready-file -d 'Write `n_id name generation` here once connected' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -l log-dir -d 'Keep daily log files here instead of logging to stderr' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -l grace -d 'How long tunnels may take to end after SIGTERM' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -l state-dir -d 'State directory [default: /var/lib/tunnelctl/agent for root, else $XDG_STATE_HOME/tunnelctl/agent]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -l exit-code -d 'Exit 10 if the agent is not connected'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -f -a "show" -d 'Print the configuration with comments'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -f -a "check" -d 'Check the file; exit 2 names what is wrong'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand agent; and __fish_seen_subcommand_from config" -f -a "set" -d 'Check and write one key; a running agent takes it over'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -f -a "list" -d 'List nodes'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -f -a "ls" -d 'List nodes'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -f -a "get" -d 'Show one node with its facts'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -f -a "show" -d 'Show one node with its facts'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -f -a "watch" -d 'Follow nodes as they come, go and change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -f -a "wait" -d 'Wait until a node is online, offline or of a version'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -f -a "is-online" -d 'Exit 0 if the node is connected, 10 if not'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -f -a "update" -d 'Change labels or owner'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -f -a "rename" -d 'Give a node another name'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -f -a "reconnects" -d 'When a node was away, and why'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -f -a "delete" -d 'Remove the record of a node that is revoked or long offline'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and not __fish_seen_subcommand_from list ls get show watch wait is-online update rename reconnects delete rm" -f -a "rm" -d 'Remove the record of a node that is revoked or long offline'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -l filter -d 'Only what matches (see: tunnelctl help filters)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -l limit -d 'At most this many rows (default 1000 on a terminal, all otherwise)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -s l -l label -d 'Only with this label; repeat for all of several' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -l state -d 'Only in these states' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -l problems -d 'Only nodes that someone should look at'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -l watch -d 'Keep the list up to date'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -l filter -d 'Only what matches (see: tunnelctl help filters)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -l limit -d 'At most this many rows (default 1000 on a terminal, all otherwise)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -s l -l label -d 'Only with this label; repeat for all of several' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -l state -d 'Only in these states' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -l problems -d 'Only nodes that someone should look at'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -l watch -d 'Keep the list up to date'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from get" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from get" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from get" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from get" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from get" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from get" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from get" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from get" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from get" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from get" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from get" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from get" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from get" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from get" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from get" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from get" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from get" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from get" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from get" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from get" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from get" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from get" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from get" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from get" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from get" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from get" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from show" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from show" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from show" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from show" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from show" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from show" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from show" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from show" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from show" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from show" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from show" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from show" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from show" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from show" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from show" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from show" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from show" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from show" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from show" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from show" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from show" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from show" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from show" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -l events -d 'Only these: up, down, state, new, gone' -r -f -a "up\t''
down\t''
state\t''
new\t''
gone\t''"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from watch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -l for -d 'online, offline, a state, or version=V; --timeout limits it (default 5m)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from wait" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from is-online" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from is-online" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from is-online" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from is-online" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from is-online" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from is-online" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from is-online" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from is-online" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from is-online" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from is-online" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from is-online" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from is-online" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from is-online" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from is-online" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from is-online" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from is-online" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from is-online" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from is-online" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from is-online" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from is-online" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from is-online" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from is-online" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from is-online" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from is-online" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from is-online" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from is-online" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from is-online" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -s l -d 'All nodes with this label; repeat for all of several' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -l filter -d 'All nodes that match (see: tunnelctl help filters)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -l label -d 'key=value sets a label, key- removes it' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -l owner -d 'Who answers for it; empty removes the owner' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from update" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rename" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rename" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rename" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rename" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rename" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rename" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rename" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rename" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rename" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rename" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rename" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rename" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rename" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rename" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rename" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rename" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rename" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rename" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rename" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rename" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rename" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rename" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rename" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rename" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rename" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rename" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rename" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -l since -d 'Not older than this' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from reconnects" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -s l -d 'All nodes with this label; repeat for all of several' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -l filter -d 'All nodes that match (see: tunnelctl help filters)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -l ignore-missing -d 'A node that is not there is no failure'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -s l -d 'All nodes with this label; repeat for all of several' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -l filter -d 'All nodes that match (see: tunnelctl help filters)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -l ignore-missing -d 'A node that is not there is no failure'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand nodes; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -l on-drop -d 'New connections while the node is away: hold[=10s] or close' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -l idle -d 'Close a tunnel after this long without payload' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -l max -d 'Close a tunnel after this long' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -l note -d 'For the audit records' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -l allow-from -d 'Source network that may connect; repeat for several' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -l ready-file -d 'Write the bound addresses here, one per line, once they serve' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -l exec -d 'Run this with the forward up, end with it and pass its exit code' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand forward" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l listen -d 'Where to listen; port 0 picks a free one' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l auth-file -d 'File with one line USER:PASSWORD that clients must give, mode 0600' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l on-drop -d 'New connections while the node is away: hold[=10s] or close' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l idle -d 'Close a tunnel after this long without payload' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l max -d 'Close a tunnel after this long' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l note -d 'For the audit records' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l allow-from -d 'Source network that may connect; repeat for several' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l ready-file -d 'Write the bound addresses here, one per line, once they serve' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l http -d 'Speak HTTP CONNECT and plain HTTP proxying too'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l env -d 'Print export lines for a shell first'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand socks" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -l wait -d 'Wait this long for a node that is away' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -l idle -d 'Close after this long without payload' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -l max -d 'Close after this long' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -l note -d 'For the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand connect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -f -a "list" -d 'List open tunnels, and those closed in the last 30 seconds'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -f -a "ls" -d 'List open tunnels, and those closed in the last 30 seconds'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -f -a "get" -d 'Show one tunnel'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -f -a "show" -d 'Show one tunnel'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -f -a "watch" -d 'Follow opens, rates and closes'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and not __fish_seen_subcommand_from list ls get show watch close" -f -a "close" -d 'Close tunnels'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -l filter -d 'Only what matches (see: tunnelctl help filters)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -l limit -d 'At most this many rows (default 1000 on a terminal, all otherwise)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -l node -d 'Only through this node' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -l who -d 'Only of this operator' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -l state -d 'Only in these states' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -l mine -d 'Only yours'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -l watch -d 'Keep the list up to date'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -l filter -d 'Only what matches (see: tunnelctl help filters)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -l limit -d 'At most this many rows (default 1000 on a terminal, all otherwise)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -l node -d 'Only through this node' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -l who -d 'Only of this operator' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -l state -d 'Only in these states' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -l mine -d 'Only yours'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -l watch -d 'Keep the list up to date'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from get" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from get" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from get" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from get" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from get" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from get" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from get" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from get" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from get" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from get" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from get" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from get" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from get" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from get" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from get" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from get" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from get" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from get" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from get" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from get" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from get" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from get" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from get" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from get" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from get" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from get" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from show" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from show" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from show" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from show" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from show" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from show" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from show" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from show" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from show" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from show" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from show" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from show" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from show" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from show" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from show" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from show" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from show" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from show" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from show" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from show" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from show" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from show" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from show" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -l node -d 'Only through this node' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -l who -d 'Only of this operator' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from watch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -l node -d 'All open tunnels through this node' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -l who -d 'All open tunnels of this operator' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tunnels; and __fish_seen_subcommand_from close" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -f -a "create" -d 'Publish a port'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -f -a "list" -d 'List published ports'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -f -a "ls" -d 'List published ports'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -f -a "get" -d 'Show one published port'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -f -a "show" -d 'Show one published port'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -f -a "delete" -d 'Remove published ports and cut their tunnels'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -f -a "rm" -d 'Remove published ports and cut their tunnels'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -f -a "enable" -d 'Switch published ports on'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and not __fish_seen_subcommand_from create list ls get show delete rm enable disable" -f -a "disable" -d 'Switch published ports off and cut their tunnels'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -l node -d 'The node; repeat for failover, in order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -l to -d 'The target at the node' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -l port -d 'The public port number (default: the next free one of the server\'s range)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -l on-drop -d 'What happens while the node is away: refuse, or hold[=10s]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -l max-tunnels -d 'At most this many open tunnels' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -l idle -d 'Close a tunnel after this long without payload' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -l if-missing -d 'A port of this name and target counts as created'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -l filter -d 'Only what matches (see: tunnelctl help filters)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -l limit -d 'At most this many rows (default 1000 on a terminal, all otherwise)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -l state -d 'Only in these states' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -l node -d 'Only through this node' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -l watch -d 'Keep the list up to date'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -l filter -d 'Only what matches (see: tunnelctl help filters)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -l limit -d 'At most this many rows (default 1000 on a terminal, all otherwise)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -l state -d 'Only in these states' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -l node -d 'Only through this node' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -l watch -d 'Keep the list up to date'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from get" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from get" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from get" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from get" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from get" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from get" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from get" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from get" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from get" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from get" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from get" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from get" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from get" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from get" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from get" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from get" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from get" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from get" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from get" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from get" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from get" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from get" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from get" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from get" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from get" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from get" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from show" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from show" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from show" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from show" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from show" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from show" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from show" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from show" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from show" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from show" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from show" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from show" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from show" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from show" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from show" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from show" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from show" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from show" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from show" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from show" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from show" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from show" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from show" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -l ignore-missing -d 'A port that is not there is no failure'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -l ignore-missing -d 'A port that is not there is no failure'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from enable" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from enable" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from enable" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from enable" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from enable" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from enable" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from enable" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from enable" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from enable" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from enable" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from enable" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from enable" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from enable" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from enable" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from enable" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from enable" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from enable" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from enable" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from enable" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from enable" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from enable" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from enable" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from enable" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from enable" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from enable" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from enable" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from enable" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from disable" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from disable" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from disable" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from disable" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from disable" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from disable" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from disable" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from disable" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from disable" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from disable" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from disable" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from disable" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from disable" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from disable" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from disable" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from disable" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from disable" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from disable" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from disable" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from disable" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from disable" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from disable" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from disable" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from disable" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from disable" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from disable" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand ports; and __fish_seen_subcommand_from disable" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -f -a "list" -d 'List rules in order; the first match wins'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -f -a "ls" -d 'List rules in order; the first match wins'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -f -a "create" -d 'Add a rule'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -f -a "delete" -d 'Remove rules and cut what only they allowed'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and not __fish_seen_subcommand_from list ls create delete rm" -f -a "rm" -d 'Remove rules and cut what only they allowed'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -l filter -d 'Only what matches (see: tunnelctl help filters)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -l limit -d 'At most this many rows (default 1000 on a terminal, all otherwise)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -l filter -d 'Only what matches (see: tunnelctl help filters)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -l limit -d 'At most this many rows (default 1000 on a terminal, all otherwise)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l who -d 'An operator, role:NAME or anyone' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l from -d 'Source network' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l port -d 'The published port it admits to' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l until -d 'Its end: a time like 2026-08-21T18:00:00Z, or a duration from now' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l before -d 'Place it before this rule (default: before the default deny)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l allow -d 'Let in'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l deny -d 'Keep out'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l disabled -d 'Start switched off'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l if-missing -d 'A rule that says the same counts as created'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l anyone-really -d '0.0.0.0/0 or ::/0 is really meant'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -l ignore-missing -d 'A rule that is not there is no failure'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -l ignore-missing -d 'A rule that is not there is no failure'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand rules; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -f -a "node" -d 'End nodes\' credentials and cut their tunnels (needs --confirm NAME --reason TEXT)'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and not __fish_seen_subcommand_from node token" -f -a "token" -d 'Withdraw enrolment tokens'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -s l -d 'All nodes with this label; repeat for all of several' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -l filter -d 'All nodes that match (see: tunnelctl help filters)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from node" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from token" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from token" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from token" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from token" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from token" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from token" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from token" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from token" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from token" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from token" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from token" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from token" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from token" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from token" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from token" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from token" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from token" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from token" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from token" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from token" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from token" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from token" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from token" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from token" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from token" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from token" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand revoke; and __fish_seen_subcommand_from token" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -f -a "create" -d 'Make a token; its secret is shown once'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -f -a "list" -d 'List tokens'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -f -a "ls" -d 'List tokens'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -f -a "get" -d 'Show one token'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -f -a "show" -d 'Show one token'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls get show revoke" -f -a "revoke" -d 'Withdraw tokens'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l name -d 'Its name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l kind -d 'What it enrols: node or operator' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l role -d 'The role an operator gets' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l uses -d 'How often it can be used' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l ttl -d 'How long it can be used' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l label -d 'Label that the node gets; repeat for several' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l allow -d 'Targets the node may be used for at most; repeat for several' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l no-expiry -d 'It never expires (needs --reason)'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l filter -d 'Only what matches (see: tunnelctl help filters)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l limit -d 'At most this many rows (default 1000 on a terminal, all otherwise)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -s l -l label -d 'Only with this label; repeat for all of several' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l state -d 'Only in these states' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l filter -d 'Only what matches (see: tunnelctl help filters)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l limit -d 'At most this many rows (default 1000 on a terminal, all otherwise)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -s l -l label -d 'Only with this label; repeat for all of several' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l state -d 'Only in these states' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from get" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from get" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from get" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from get" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from get" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from get" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from get" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from get" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from get" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from get" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from get" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from get" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from get" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from get" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from get" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from get" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from get" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from get" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from get" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from get" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from get" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from get" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from get" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from get" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from get" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from get" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from show" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from show" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from show" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from show" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from show" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from show" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from show" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from show" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from show" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from show" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from show" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from show" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from show" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from show" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from show" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from show" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from show" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from show" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from show" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from show" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from show" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from show" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from show" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -f -a "list" -d 'List records, newest first'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -f -a "ls" -d 'List records, newest first'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -f -a "get" -d 'Show one record'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -f -a "show" -d 'Show one record'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -f -a "tail" -d 'Show the newest records, and follow with -f'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and not __fish_seen_subcommand_from list ls get show tail verify" -f -a "verify" -d 'Check the chain; exit 10 at the first broken record'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l filter -d 'The same as the positional filter' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l since -d 'Not older than this: a time, or a duration back from now' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l until -d 'Not newer than this' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l limit -d 'At most this many rows (default 1000 on a terminal, all otherwise)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l oldest-first -d 'Oldest first'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l filter -d 'The same as the positional filter' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l since -d 'Not older than this: a time, or a duration back from now' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l until -d 'Not newer than this' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l limit -d 'At most this many rows (default 1000 on a terminal, all otherwise)' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l oldest-first -d 'Oldest first'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from get" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from get" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from get" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from get" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from get" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from get" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from get" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from get" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from get" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from get" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from get" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from get" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from get" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from get" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from get" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from get" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from get" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from get" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from get" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from get" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from get" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from get" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from get" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from get" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from get" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from get" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from show" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from show" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from show" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from show" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from show" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from show" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from show" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from show" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from show" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from show" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from show" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from show" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from show" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from show" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from show" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from show" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from show" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from show" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from show" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from show" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from show" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from show" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from show" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -s n -l lines -d 'How many to begin with' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -s f -l follow -d 'Stay and print records as they are made'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -l dry-run -d 'Takes the place of the global flag, whose -n means the number of lines here'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from tail" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l from -d 'Start at this record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l file -d 'An export, in either order: audit list -o jsonl; - reads standard input' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l dir -d 'The data directory of a stopped server' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -l static -d 'Without live names'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -l out -d 'Write one page per command and topic into this directory' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand schema" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand schema" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand schema" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand schema" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand schema" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand schema" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand schema" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand schema" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand schema" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand schema" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand schema" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand schema" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand schema" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand schema" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand schema" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand schema" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand schema" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand schema" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand schema" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand schema" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand schema" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand schema" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand schema" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand schema" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand schema" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand schema" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and not __fish_seen_subcommand_from show" -f -a "show" -d 'Print every preference in effect'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -l origin -d 'Say where each value comes from'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand version" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand version" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand version" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand version" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand version" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand version" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand version" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand version" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand version" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand version" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand version" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand version" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand version" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand version" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand version" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand version" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand version" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand version" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand version" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand version" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand version" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand version" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand version" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand version" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand version" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand version" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand version" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -l nodes -d 'How many nodes to start' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -l headless -d 'Do the tour without a terminal: one line per step, non-zero at the first that fails'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand help" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand help" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand help" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand help" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand help" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand help" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand help" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand help" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand help" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand help" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand help" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand help" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand help" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand help" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand help" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand help" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand help" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand help" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand help" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand help" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand help" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand help" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand help" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand help" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand help" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand help" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand __complete" -s c -l context -d 'Use this context [env: TUNNELCTL_CONTEXT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand __complete" -l server -d 'Server, instead of the context\'s [env: TUNNELCTL_SERVER]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand __complete" -l identity -d 'Identity file (key, certificates, root), instead of the context\'s [env: TUNNELCTL_IDENTITY]' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand __complete" -l ca-pin -d 'SHA-256 of the server\'s root certificate [env: TUNNELCTL_CA_PIN]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand __complete" -s o -l output -d 'Output format [env: TUNNELCTL_OUTPUT]' -r -f -a "table\t'Aligned columns for people'
wide\t'The same with more columns'
json\t'One JSON object'
jsonl\t'One JSON object per line'
yaml\t'The JSON tree as YAML'
csv\t'Header row and RFC 4180 quoting'
name\t'`kind/name` per line'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand __complete" -l columns -d 'Columns to print, in this order' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand __complete" -l sort -d 'Sort by this column' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand __complete" -l log-file -d 'Diagnostics into this file' -r -F
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand __complete" -l color -d 'When to colour [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal, unless NO_COLOR or TERM=dumb says otherwise'
always\t'Always'
never\t'Never'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand __complete" -l time -d 'How times are shown' -r -f -a "rel\t'`2m ago`'
abs\t'`2026-08-21 14:02:31`'
iso\t'`2026-08-21T14:02:31.118Z`'"
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand __complete" -l confirm -d 'Agree to a severe change: the object\'s name' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand __complete" -l reason -d 'Why, for the audit record' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand __complete" -l timeout -d 'Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand __complete" -l retry -d 'Try again this often if the server cannot be reached' -r
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand __complete" -l no-header -d 'No header row'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand __complete" -s q -l quiet -d 'Print ids and errors only'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand __complete" -s v -l verbose -d 'Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand __complete" -l no-color -d 'Same as --color never'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand __complete" -l ascii -d 'No glyphs beyond ASCII [env: TUNNELCTL_ASCII]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand __complete" -l utc -d 'Show times in UTC'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand __complete" -s y -l yes -d 'Agree to a moderate change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand __complete" -s n -l dry-run -d 'Show what would happen, change nothing'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand __complete" -l exit-code -d 'With --dry-run: exit 10 if something would change'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand __complete" -l no-input -d 'Never ask [env: TUNNELCTL_NO_INPUT, CI]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand __complete" -l read-only -d 'Refuse to change anything [env: TUNNELCTL_READ_ONLY]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand __complete" -l accessible -d 'No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]'
complete -c tunnelctl -n "__fish_tunnelctl_using_subcommand __complete" -s h -l help -d 'Print help (see more with \'--help\')'

complete -c tunnelctl -n '__fish_seen_subcommand_from nodes forward connect socks' -f -a '(tunnelctl __complete nodes (commandline -ct) 2>/dev/null)'
complete -c tunnelctl -n '__fish_seen_subcommand_from context' -f -a '(tunnelctl __complete contexts (commandline -ct) 2>/dev/null)'
complete -c tunnelctl -s c -l context -x -a '(tunnelctl __complete contexts 2>/dev/null)'
