# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_versia_cli_global_optspecs
    string join \n json color= q/quiet v/verbose h/help V/version
end

function __fish_versia_cli_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_versia_cli_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_versia_cli_using_subcommand
    set -l cmd (__fish_versia_cli_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c versia-cli -n "__fish_versia_cli_needs_command" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_needs_command" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_needs_command" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_needs_command" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_needs_command" -s V -l version -d 'Print version'
complete -c versia-cli -n "__fish_versia_cli_needs_command" -f -a "keygen" -d 'Make an Ed25519 key'
complete -c versia-cli -n "__fish_versia_cli_needs_command" -f -a "key" -d 'Say what a key is: private or public, in which form, with its public half and a fingerprint'
complete -c versia-cli -n "__fish_versia_cli_needs_command" -f -a "identity" -d 'List, show, add, choose and remove stored identities: a key and a domain under a name'
complete -c versia-cli -n "__fish_versia_cli_needs_command" -f -a "sign" -d 'Sign a request, the response to one (--response), or a WebSocket message (--ws)'
complete -c versia-cli -n "__fish_versia_cli_needs_command" -f -a "verify" -d 'Verify signatures: prints the signed string part by part, the verdict, and everything that is wrong, by code'
complete -c versia-cli -n "__fish_versia_cli_needs_command" -f -a "new" -d 'Print a new entity: every required field, optional ones as null, a fresh id (UUIDv7) and the present time'
complete -c versia-cli -n "__fish_versia_cli_needs_command" -f -a "validate" -d 'Say what is wrong with entities: every violation with its place, its code, the rule, what was found, and how to fix it'
complete -c versia-cli -n "__fish_versia_cli_needs_command" -f -a "schema" -d 'Print the rules of a type as JSON Schema (2020-12), complete in itself'
complete -c versia-cli -n "__fish_versia_cli_needs_command" -f -a "send" -d 'Sign entities and deliver them to an inbox'
complete -c versia-cli -n "__fish_versia_cli_needs_command" -f -a "publish" -d 'Publish to the subscribers of a hub, from outside'
complete -c versia-cli -n "__fish_versia_cli_needs_command" -f -a "fetch" -d 'Fetch an entity or a collection with a signed GET, verify the response, and validate what is in it'
complete -c versia-cli -n "__fish_versia_cli_needs_command" -f -a "discover" -d 'Look at an instance step by step, each with its time and verdict: DNS, TCP, TLS and the certificate, HTTP/2, the versions, the metadata, WebFinger of a user, the key'
complete -c versia-cli -n "__fish_versia_cli_needs_command" -f -a "check" -d 'Check an instance, rule by rule: signatures, HTTP, discovery, WebFinger, entities, collections, the inbox, follows, messaging, the WebSocket extension'
complete -c versia-cli -n "__fish_versia_cli_needs_command" -f -a "bench" -d 'Put an inbox or a hub under load, and tell how long its answers or its deliveries take'
complete -c versia-cli -n "__fish_versia_cli_needs_command" -f -a "repl" -d 'Open a signed WebSocket session, talk, and see what comes'
complete -c versia-cli -n "__fish_versia_cli_needs_command" -f -a "serve" -d 'Run a local instance: it answers discovery, takes deliveries over HTTP and WebSocket, verifies each with its signer\'s published key, and tells one line about it'
complete -c versia-cli -n "__fish_versia_cli_needs_command" -f -a "inbox" -d 'Look at what an instance recorded, compare it, take it elsewhere, and send it again'
complete -c versia-cli -n "__fish_versia_cli_needs_command" -f -a "proxy" -d 'Stand in front of an instance: what passes is relayed as it is, recorded, and verified with the signers\' published keys, the instance\'s signed answers too'
complete -c versia-cli -n "__fish_versia_cli_needs_command" -f -a "explain" -d 'Explain a code: what it means, why it happens, how to fix it, and the rule in the public documents'
complete -c versia-cli -n "__fish_versia_cli_needs_command" -f -a "demo" -d 'Show the whole in one minute: two instances, a Note delivered over HTTP and over WebSocket and verified by the published key, a tampered one refused with its reason'
complete -c versia-cli -n "__fish_versia_cli_needs_command" -f -a "completions" -d 'Print the completions for a shell'
complete -c versia-cli -n "__fish_versia_cli_needs_command" -f -a "man" -d 'Print a manual page, to be read with `man -l -`'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand keygen" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand keygen" -l out -d 'Write the private key to this file (mode 0600), or to standard output with `-`' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand keygen" -l format -d 'How the file is written' -r -f -a "pkcs8-base64\t'Base64 of PKCS#8 (48 bytes), as Versia writes private keys'
pem\t'PKCS#8 in PEM'
jwk\t'A JSON Web Key'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand keygen" -l save -d 'Store the key under this name as an identity' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand keygen" -l domain -d 'The domain that the identity signs for' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand keygen" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand keygen" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand keygen" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand keygen" -l force -d 'Replace a file or an identity that is there already'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand keygen" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand key" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand key" -l to -d 'Print the key in this form instead' -r -f -a "pkcs8-base64\t'Base64 of PKCS#8: how Versia writes a private key'
spki-base64\t'Base64 of SPKI: how Versia writes a public key'
pem\t'PEM'
jwk\t'A JSON Web Key'
raw-base64\t'The 32 bytes in base64'
raw-hex\t'The 32 bytes in hex'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand key" -l out -d 'Write what was converted to this file (mode 0600), or to standard output with `-`' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand key" -l timeout -d 'The limit for a whole exchange; 0 is none' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand key" -l connect-timeout -d 'The limit for connecting: resolving, TCP and TLS together' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand key" -l resolve -d 'Connect to this address for that host and port; an IPv6 address stands in brackets' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand key" -l cacert -d 'Trust the authorities in this PEM file instead of the machine\'s own' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand key" -l proxy -d 'Send everything through this HTTP proxy, loopback included; else *_PROXY and NO_PROXY decide' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand key" -s H -l header -d 'Send this header, or those in a file, for secrets; takes the place of one of our own' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand key" -l user-agent -d 'Send this as User-Agent' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand key" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand key" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand key" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand key" -l public -d 'Convert the public half, also of a private key'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand key" -l force -d 'Replace the file if it is there already'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand key" -l insecure -d 'Take any certificate'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand key" -l allow-http -d 'Speak plain HTTP to other machines too, not to this one only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand key" -l timings -d 'Tell how long each stage took: DNS, TCP, proxy, TLS, first byte, total'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand key" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and not __fish_seen_subcommand_from list show add use remove" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and not __fish_seen_subcommand_from list show add use remove" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and not __fish_seen_subcommand_from list show add use remove" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and not __fish_seen_subcommand_from list show add use remove" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and not __fish_seen_subcommand_from list show add use remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and not __fish_seen_subcommand_from list show add use remove" -f -a "list" -d 'List all identities; the one in use is marked'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and not __fish_seen_subcommand_from list show add use remove" -f -a "show" -d 'Show one identity: domain, public key, fingerprint; never the private key'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and not __fish_seen_subcommand_from list show add use remove" -f -a "add" -d 'Add an identity with a key that exists already (`keygen --save` makes a new one)'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and not __fish_seen_subcommand_from list show add use remove" -f -a "use" -d 'Sign as this identity when nothing else is said'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and not __fish_seen_subcommand_from list show add use remove" -f -a "remove" -d 'Remove an identity and its key'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from list" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from list" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from show" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from show" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from add" -l key -d 'The file with its private key, or `-`' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from add" -l domain -d 'The domain that it signs for' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from add" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from add" -l force -d 'Replace an identity that is there already'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from add" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from use" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from use" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from use" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from use" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from use" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from remove" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from remove" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand identity; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand sign" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand sign" -l body -d 'The body; without it, standard input where something is piped in and the method has a body' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand sign" -l at -d 'The time of signing in Unix seconds, instead of now' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand sign" -l format -d 'What to print; --json is --format json, --ws is --format ws' -r -f -a "headers\t'The three headers'
curl\t'A curl command that sends the request'
http\t'The HTTP message'
json\t'A record, as `verify` takes it'
ws\t'A message of the WebSocket extension'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand sign" -l as -d 'Sign as this identity of the store [env: VERSIA_AS]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand sign" -l key -d 'Sign with the private key in this file, or `-` [env: VERSIA_KEY (the key), VERSIA_KEY_FILE (a path)]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand sign" -l signed-by -d 'The domain to sign for, instead of the identity\'s [env: VERSIA_SIGNED_BY]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand sign" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand sign" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand sign" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand sign" -l response -d 'Sign the response to this request: the body is the response\'s'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand sign" -l ws -d 'Sign a message of the WebSocket extension: as a POST to the inbox'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand sign" -l ndjson -d 'Sign a stream: each line of the body is a body of its own, or a record with its own method and target'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand sign" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l method -d 'The request\'s method' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l path -d 'The request\'s path, as written on the wire; in place of the input\'s own, where there is an input' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l signature -d 'The value of Versia-Signature' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l signed-at -d 'The value of Versia-Signed-At' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l signed-by -d 'The value of Versia-Signed-By' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l body -d 'The body: a file, or `-`' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l only -d 'Verify only the request or the response, where both are there' -r -f -a "request\t''
response\t''"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l public-key -d 'The signer\'s public key: a file in any form that `key` reads, `-`, or its base64' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l metadata -d 'The signer\'s InstanceMetadata document; repeat it for several signers' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l as -d 'The key of this stored identity; by default, the one that has the signer\'s domain' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l as-of -d 'The moment to verify as of: an RFC 3339 time, Unix seconds, `now`, `ignore`, or `own`, the default: the time that a record or a HAR entry gives, else now' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l max-skew -d 'How far the time of signing may be off' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l explain-budget -d 'How long to search, in seconds: for each message, or for all lines of NDJSON together' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l try-key -d 'Another key that may have signed, to find out only; `previous=` or `user=` before it says whose it is. May be repeated' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l profile -d 'Whose rules to verify by: the documents\', or those of an implementation' -r -f -a "spec\t'The public documents\' rules'
versia-server-0.9\t'As Versia Server 0.9: the path encoded once more, the time read as a number, and no time window'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l peer -d 'The instance of this domain is at that address; its key is fetched from there' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l timeout -d 'The limit for a whole exchange; 0 is none' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l connect-timeout -d 'The limit for connecting: resolving, TCP and TLS together' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l resolve -d 'Connect to this address for that host and port; an IPv6 address stands in brackets' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l cacert -d 'Trust the authorities in this PEM file instead of the machine\'s own' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l proxy -d 'Send everything through this HTTP proxy, loopback included; else *_PROXY and NO_PROXY decide' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -s H -l header -d 'Send this header, or those in a file, for secrets; takes the place of one of our own' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l user-agent -d 'Send this as User-Agent' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l response -d 'The parts are those of the response to this request'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l ndjson -d 'Read the input as lines of JSON at once, without finding out first: each is answered as it comes'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l fetch-key -d 'Ask the signer\'s instance for its key, where no stored identity has the signer\'s domain'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l no-explain -d 'Do not search for what was really signed, when a signature does not match'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l allow-private -d 'Fetch keys from private addresses too, not from public ones only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l insecure -d 'Take any certificate'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l allow-http -d 'Speak plain HTTP to other machines too, not to this one only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -l timings -d 'Tell how long each stage took: DNS, TCP, proxy, TLS, first byte, total'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand new" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand new" -l author -d 'The author: an id, or domain:id' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand new" -l content -d 'The text of the content, which is given as HTML and as plain text; `-` reads it from standard input' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand new" -l mention -d 'Somebody who is mentioned in a note; repeat it for several' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand new" -l set -d 'Put this value at a path, such as device.name or /extensions/com.example:x; what is no JSON is a text; repeat it for several' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand new" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand new" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand new" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand new" -l compact -d 'Print it on one line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand new" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand validate" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand validate" -l type -d 'The type of documents that have none: Collection or URICollection' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand validate" -l profile -d 'By whose rules: the public documents\', an implementation\'s, or all of them side by side' -r -f -a "spec\t'The public documents'
versia-server-0.9\t'Versia Server 0.9, as it was observed'
all\t'All of them'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand validate" -l format -d 'How to print what is found' -r -f -a "human\t'For people'
json\t'A line of JSON for each document'
junit\t'JUnit XML'
sarif\t'SARIF 2.1.0'
github\t'Annotations of GitHub Actions'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand validate" -l as -d 'Sign as this identity of the store [env: VERSIA_AS]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand validate" -l key -d 'Sign with the private key in this file, or `-` [env: VERSIA_KEY (the key), VERSIA_KEY_FILE (a path)]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand validate" -l signed-by -d 'The domain to sign for, instead of the identity\'s [env: VERSIA_SIGNED_BY]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand validate" -l timeout -d 'The limit for a whole exchange; 0 is none' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand validate" -l connect-timeout -d 'The limit for connecting: resolving, TCP and TLS together' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand validate" -l resolve -d 'Connect to this address for that host and port; an IPv6 address stands in brackets' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand validate" -l cacert -d 'Trust the authorities in this PEM file instead of the machine\'s own' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand validate" -l proxy -d 'Send everything through this HTTP proxy, loopback included; else *_PROXY and NO_PROXY decide' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand validate" -s H -l header -d 'Send this header, or those in a file, for secrets; takes the place of one of our own' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand validate" -l user-agent -d 'Send this as User-Agent' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand validate" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand validate" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand validate" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand validate" -l strict -d 'Warnings are a no as well'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand validate" -l ndjson -d 'Read lines of JSON, without finding out first'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand validate" -l fix -d 'Show what it would be with everything that has one right form, as a diff'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand validate" -l write -d 'Write that to the files'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand validate" -l insecure -d 'Take any certificate'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand validate" -l allow-http -d 'Speak plain HTTP to other machines too, not to this one only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand validate" -l timings -d 'Tell how long each stage took: DNS, TCP, proxy, TLS, first byte, total'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand validate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand schema" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand schema" -l all -d 'Write the schemas of all types to this folder' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand schema" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand schema" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand schema" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand schema" -l list -d 'List the types'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l to -d 'Where to: https://b.example or its domain, @user@domain, a web+versia:// link, or an inbox\'s full URL' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l expect -d 'The answer that is wanted: a status or a class such as 4xx; it is the yes instead of 2xx' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l concurrency -d 'How many are under way at a time [default: 8]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l rate -d 'At most so many a second, evenly spaced; fractions allowed' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l retry -d 'Try so many times again after 429, 5xx and connection errors, with growing random waits; with --ws, the session' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l max-wait -d 'The longest pause that the server may ask for; a longer one ends the run' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l journal -d 'Keep outcomes in this file; the next run with it sends what has no answer yet' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l protocol -d 'Speak this: versia, wsify, roadrunner (2.3.1 and later), roadrunner-2.3.0, chat, or raw' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l topic -d 'wsify: the channel that documents are broadcast to. chat: the user that texts go to' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l broker -d 'roadrunner-2.3.0: the broker, for documents that name none [default: memory]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l as -d 'Sign as this identity of the store [env: VERSIA_AS]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l key -d 'Sign with the private key in this file, or `-` [env: VERSIA_KEY (the key), VERSIA_KEY_FILE (a path)]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l signed-by -d 'The domain to sign for, instead of the identity\'s [env: VERSIA_SIGNED_BY]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l peer -d 'The instance of this domain is at that address; its key is fetched from there' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l timeout -d 'The limit for a whole exchange; 0 is none' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l connect-timeout -d 'The limit for connecting: resolving, TCP and TLS together' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l resolve -d 'Connect to this address for that host and port; an IPv6 address stands in brackets' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l cacert -d 'Trust the authorities in this PEM file instead of the machine\'s own' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l proxy -d 'Send everything through this HTTP proxy, loopback included; else *_PROXY and NO_PROXY decide' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -s H -l header -d 'Send this header, or those in a file, for secrets; takes the place of one of our own' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l user-agent -d 'Send this as User-Agent' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l ws -d 'Deliver over one WebSocket session; an address that begins with wss:// or ws:// says the same'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l no-receipts -d 'Offer no receipts: nobody says what becomes of messages, and a server ends the session with the first it refuses'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l ndjson -d 'Read lines of JSON at once, without finding out first: each is sent as it comes'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l as-is -d 'Send documents as they are, unsigned, to see what the other side says'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l no-validate -d 'Send entities whatever is wrong with them, and what is no entity'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l dry-run -d 'Print what would be sent, and send nothing'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l fail-fast -d 'Start nothing new after the first that is not delivered'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l allow-private -d 'Fetch keys from private addresses too, not from public ones only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l insecure -d 'Take any certificate'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l allow-http -d 'Speak plain HTTP to other machines too, not to this one only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -l timings -d 'Tell how long each stage took: DNS, TCP, proxy, TLS, first byte, total'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand send" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and not __fish_seen_subcommand_from wsify roadrunner" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and not __fish_seen_subcommand_from wsify roadrunner" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and not __fish_seen_subcommand_from wsify roadrunner" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and not __fish_seen_subcommand_from wsify roadrunner" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and not __fish_seen_subcommand_from wsify roadrunner" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and not __fish_seen_subcommand_from wsify roadrunner" -f -a "wsify" -d 'Broadcast a content to a channel of wsify, by a POST to /broadcast'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and not __fish_seen_subcommand_from wsify roadrunner" -f -a "roadrunner" -d 'Publish a payload to topics of RoadRunner, by a call over Goridge'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from wsify" -l channel -d 'The channel' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from wsify" -l key-file -d 'The file with the hub\'s broadcasting key, or `-`' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from wsify" -l timeout -d 'The limit for a whole exchange; 0 is none' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from wsify" -l connect-timeout -d 'The limit for connecting: resolving, TCP and TLS together' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from wsify" -l resolve -d 'Connect to this address for that host and port; an IPv6 address stands in brackets' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from wsify" -l cacert -d 'Trust the authorities in this PEM file instead of the machine\'s own' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from wsify" -l proxy -d 'Send everything through this HTTP proxy, loopback included; else *_PROXY and NO_PROXY decide' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from wsify" -s H -l header -d 'Send this header, or those in a file, for secrets; takes the place of one of our own' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from wsify" -l user-agent -d 'Send this as User-Agent' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from wsify" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from wsify" -l insecure -d 'Take any certificate'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from wsify" -l allow-http -d 'Speak plain HTTP to other machines too, not to this one only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from wsify" -l timings -d 'Tell how long each stage took: DNS, TCP, proxy, TLS, first byte, total'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from wsify" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from wsify" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from wsify" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from wsify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from roadrunner" -l topic -d 'A topic; may be given several times' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from roadrunner" -l broker -d 'The broker, where the wire names one [default: memory]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from roadrunner" -l wire -d 'The wire form, by the version that brought it; later versions speak 2.3.1' -r -f -a "2.3.0\t''
2.3.1\t''"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from roadrunner" -l codec -d 'How the call is encoded' -r -f -a "protobuf\t''
json\t''"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from roadrunner" -l timeout -d 'The limit for a whole exchange; 0 is none' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from roadrunner" -l connect-timeout -d 'The limit for connecting: resolving, TCP and TLS together' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from roadrunner" -l resolve -d 'Connect to this address for that host and port; an IPv6 address stands in brackets' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from roadrunner" -l cacert -d 'Trust the authorities in this PEM file instead of the machine\'s own' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from roadrunner" -l proxy -d 'Send everything through this HTTP proxy, loopback included; else *_PROXY and NO_PROXY decide' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from roadrunner" -s H -l header -d 'Send this header, or those in a file, for secrets; takes the place of one of our own' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from roadrunner" -l user-agent -d 'Send this as User-Agent' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from roadrunner" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from roadrunner" -l async -d 'Ask for an answer that does not wait for the broker'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from roadrunner" -l insecure -d 'Take any certificate'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from roadrunner" -l allow-http -d 'Speak plain HTTP to other machines too, not to this one only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from roadrunner" -l timings -d 'Tell how long each stage took: DNS, TCP, proxy, TLS, first byte, total'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from roadrunner" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from roadrunner" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from roadrunner" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand publish; and __fish_seen_subcommand_from roadrunner" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l type -d 'The type of the entity that a reference names' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l collection -d 'Fetch this collection of the entity: outbox, followers, replies, pub.versia:likes/Likes …' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l limit -d 'Read so many items of a collection, page by page' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l depth -d 'Follow references, so many steps' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l max-requests -d 'Make so many requests at most' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l save -d 'Keep every entity in this folder; one that is there already is replaced' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l expect -d 'The status that is a yes, instead of any 2xx: a number, or a class such as 4xx' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l public-key -d 'Verify with this public key: a file in any form that `key` reads, `-`, or its base64' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l metadata -d 'Verify with the key in this InstanceMetadata document' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l as -d 'Sign as this identity of the store [env: VERSIA_AS]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l key -d 'Sign with the private key in this file, or `-` [env: VERSIA_KEY (the key), VERSIA_KEY_FILE (a path)]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l signed-by -d 'The domain to sign for, instead of the identity\'s [env: VERSIA_SIGNED_BY]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l peer -d 'The instance of this domain is at that address; its key is fetched from there' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l timeout -d 'The limit for a whole exchange; 0 is none' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l connect-timeout -d 'The limit for connecting: resolving, TCP and TLS together' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l resolve -d 'Connect to this address for that host and port; an IPv6 address stands in brackets' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l cacert -d 'Trust the authorities in this PEM file instead of the machine\'s own' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l proxy -d 'Send everything through this HTTP proxy, loopback included; else *_PROXY and NO_PROXY decide' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -s H -l header -d 'Send this header, or those in a file, for secrets; takes the place of one of our own' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l user-agent -d 'Send this as User-Agent' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l all -d 'Read a collection to its end, page by page'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l unsigned -d 'Leave the request\'s signature out'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l no-validate -d 'Do not look at what is in the answer by the rules of the documents'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -s i -l include -d 'Print the status line and the headers before the body'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l raw -d 'Print bodies byte for byte, on a terminal too'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l pretty -d 'Lay JSON out on many lines, not on a terminal only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l allow-private -d 'Fetch keys from private addresses too, not from public ones only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l insecure -d 'Take any certificate'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l allow-http -d 'Speak plain HTTP to other machines too, not to this one only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -l timings -d 'Tell how long each stage took: DNS, TCP, proxy, TLS, first byte, total'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand fetch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand discover" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand discover" -l peer -d 'The instance of this domain is at that address' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand discover" -l timeout -d 'The limit for a whole exchange; 0 is none' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand discover" -l connect-timeout -d 'The limit for connecting: resolving, TCP and TLS together' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand discover" -l resolve -d 'Connect to this address for that host and port; an IPv6 address stands in brackets' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand discover" -l cacert -d 'Trust the authorities in this PEM file instead of the machine\'s own' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand discover" -l proxy -d 'Send everything through this HTTP proxy, loopback included; else *_PROXY and NO_PROXY decide' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand discover" -s H -l header -d 'Send this header, or those in a file, for secrets; takes the place of one of our own' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand discover" -l user-agent -d 'Send this as User-Agent' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand discover" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand discover" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand discover" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand discover" -l insecure -d 'Take any certificate'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand discover" -l allow-http -d 'Speak plain HTTP to other machines too, not to this one only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand discover" -l timings -d 'Tell how long each stage took: DNS, TCP, proxy, TLS, first byte, total'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand discover" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l user -d 'The name of a user of the instance, best one who wrote a note' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l interval -d 'The least time between two requests [default: 0.2 s, and 0 for this machine]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l max-time -d 'The limit for the whole run, after which the rest is skipped; 0 is none' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l only -d 'Only these cases: an id, the beginning of ids, or a pattern with *; repeat it for several' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l skip -d 'Not these cases' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l level -d 'Only what binds at least so much' -r -f -a "must\t'What every instance does'
should\t'What an instance does unless it knows why not, as well'
may\t'Everything'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l profile -d 'Whose rules count: the documents\', or those of Versia Server 0.9 as it was observed' -r -f -a "spec\t'The public documents'
versia-server-0.9\t'Versia Server 0.9'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l format -d 'Print this in the place of the text for people' -r -f -a "junit\t'JUnit\'s XML'
tap\t'The Test Anything Protocol'
github\t'Annotations of GitHub\'s runners'
markdown\t'A summary'
html\t'A page with the wire log'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l report -d 'Write a report to this file as well, as it ends: .html, .xml (JUnit), .md, .tap, .json; repeat it for several' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l baseline -d 'Fail only at what got worse since an earlier run, which --json printed' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l listen -d 'Where our own instance listens' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l domain -d 'Its domain, instead of the identity\'s' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l cert -d 'Speak TLS with this certificate chain, in PEM' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l key-file -d 'The certificate\'s private key, in PEM' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l as -d 'Sign as this identity of the store [env: VERSIA_AS]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l key -d 'Sign with the private key in this file, or `-` [env: VERSIA_KEY (the key), VERSIA_KEY_FILE (a path)]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l signed-by -d 'The domain to sign for, instead of the identity\'s [env: VERSIA_SIGNED_BY]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l peer -d 'The instance of this domain is at that address; its key is fetched from there' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l timeout -d 'The limit for a whole exchange; 0 is none' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l connect-timeout -d 'The limit for connecting: resolving, TCP and TLS together' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l resolve -d 'Connect to this address for that host and port; an IPv6 address stands in brackets' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l cacert -d 'Trust the authorities in this PEM file instead of the machine\'s own' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l proxy -d 'Send everything through this HTTP proxy, loopback included; else *_PROXY and NO_PROXY decide' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -s H -l header -d 'Send this header, or those in a file, for secrets; takes the place of one of our own' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l user-agent -d 'Send this as User-Agent' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l write -d 'Send deliveries to an instance that is not on this machine, too. A broken instance may lose the user\'s note by it, or gain one: take a user for tests'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l list -d 'Print what is meant to be checked, and check nothing'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l schema -d 'Print the JSON Schema of the lines, and do nothing else'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l tls -d 'Speak TLS, with a certificate of a local authority that is made once'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l allow-private -d 'Fetch keys from private addresses too, not from public ones only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l insecure -d 'Take any certificate'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l allow-http -d 'Speak plain HTTP to other machines too, not to this one only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -l timings -d 'Tell how long each stage took: DNS, TCP, proxy, TLS, first byte, total'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l new -d 'Send new entities of this type' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l presign -d 'Sign so many before the start' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l in-flight -d 'The most messages without a receipt in each session [default: 64]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l rate -d 'So many arrivals a second, whatever the answers' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l concurrency -d 'So many connections' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l threads -d 'So many threads; without it, half of the cores' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l duration -d 'How long to send [default: 10]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l count -d 'How many to send' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l warm-up -d 'How long to send before anything counts' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l i-may-load-this -d 'The host of the target is not this machine, and you may put it under load; repeat it for where is published' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l expect -d 'What has to come out, such as p99<50ms or ok>99.9%; repeat it for several' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l format -d 'How to print the result; --json is short for json' -r -f -a "human\t'For people'
json\t'For programs'
markdown\t'For a page'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l compare -d 'Show beside it the result of an earlier run, which --json printed' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l protocol -d 'The target is a hub that speaks this: wsify, roadrunner (2.3.1 and later) or roadrunner-2.3.0' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l topic -d 'The topic, or wsify\'s channel, that subscribers join' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l broker -d 'roadrunner-2.3.0: the broker [default: memory]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l subscribers -d 'So many subscribers, each with a session [default: 100]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l publish-to -d 'Where is published: for wsify http://… (without it, in sessions), for RoadRunner tcp://… or unix://…' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l key-file -d 'wsify: the file with the hub\'s broadcasting key, or `-`' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l as -d 'Sign as this identity of the store [env: VERSIA_AS]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l key -d 'Sign with the private key in this file, or `-` [env: VERSIA_KEY (the key), VERSIA_KEY_FILE (a path)]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l signed-by -d 'The domain to sign for, instead of the identity\'s [env: VERSIA_SIGNED_BY]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l timeout -d 'The limit for a whole exchange; 0 is none' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l connect-timeout -d 'The limit for connecting: resolving, TCP and TLS together' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l resolve -d 'Connect to this address for that host and port; an IPv6 address stands in brackets' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l cacert -d 'Trust the authorities in this PEM file instead of the machine\'s own' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l proxy -d 'Send everything through this HTTP proxy, loopback included; else *_PROXY and NO_PROXY decide' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -s H -l header -d 'Send this header, or those in a file, for secrets; takes the place of one of our own' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l user-agent -d 'Send this as User-Agent' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l no-validate -d 'Send the entity whatever is wrong with it'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l unsigned -d 'Sign nothing'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l ws -d 'Send over WebSocket sessions; an address that begins with wss:// or ws:// says the same'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l no-receipts -d 'Offer no receipts: a message counts when it is written out'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l schema -d 'Print the JSON Schema of the result, and do nothing else'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l insecure -d 'Take any certificate'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l allow-http -d 'Speak plain HTTP to other machines too, not to this one only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -l timings -d 'Tell how long each stage took: DNS, TCP, proxy, TLS, first byte, total'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand bench" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l subprotocol -d 'Offer this subprotocol too, before the protocol\'s own; repeat it for several' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l count -d 'Leave when so many messages came, answers not counted; fewer are a no' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l for -d 'Leave after this time, such as 10s; a script waits for it at its end' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l public-key -d 'Verify with this public key: a file in any form that `key` reads, or its base64' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l metadata -d 'Verify with the key in this InstanceMetadata document' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l history -d 'Keep what is typed in this file, instead of beside the identities' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l record -d 'Write the record of each frame into this file, both ways' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l protocol -d 'Speak this: versia, wsify, roadrunner (2.3.1 and later), roadrunner-2.3.0, chat, or raw' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l topic -d 'wsify: the channel that documents are broadcast to. chat: the user that texts go to' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l broker -d 'roadrunner-2.3.0: the broker, for documents that name none [default: memory]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l as -d 'Sign as this identity of the store [env: VERSIA_AS]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l key -d 'Sign with the private key in this file, or `-` [env: VERSIA_KEY (the key), VERSIA_KEY_FILE (a path)]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l signed-by -d 'The domain to sign for, instead of the identity\'s [env: VERSIA_SIGNED_BY]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l peer -d 'The instance of this domain is at that address; its key is fetched from there' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l timeout -d 'The limit for a whole exchange; 0 is none' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l connect-timeout -d 'The limit for connecting: resolving, TCP and TLS together' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l resolve -d 'Connect to this address for that host and port; an IPv6 address stands in brackets' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l cacert -d 'Trust the authorities in this PEM file instead of the machine\'s own' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l proxy -d 'Send everything through this HTTP proxy, loopback included; else *_PROXY and NO_PROXY decide' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -s H -l header -d 'Send this header, or those in a file, for secrets; takes the place of one of our own' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l user-agent -d 'Send this as User-Agent' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l as-is -d 'Send what is typed as it is, instead of as a signed message'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l unsigned -d 'Leave the handshake\'s signature out, and send what is typed as it is'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l no-validate -d 'Say nothing about what is wrong with entities'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l no-receipts -d 'Offer no receipts (versia.receipts.v1)'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l no-history -d 'Keep nothing of what is typed'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l print-frames -d 'Show each frame as it is on the wire, pings and pongs too'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l reconnect -d 'Open a session that is lost again by itself, with its subscriptions'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l allow-private -d 'Fetch keys from private addresses too, not from public ones only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l insecure -d 'Take any certificate'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l allow-http -d 'Speak plain HTTP to other machines too, not to this one only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -l timings -d 'Tell how long each stage took: DNS, TCP, proxy, TLS, first byte, total'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand repl" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l listen -d 'Listen at this address; port 0 takes a free one' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l fault -d 'Do something wrong on purpose: \'NAME[=VALUE] [OPTION=VALUE …]\'; repeat it for several' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l max-body -d 'The largest body or message' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l store -d 'Keep everything that passes in this file, and answer a delivery when it is there; for a chat, its messages too' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l keep -d 'Keep so much of it: 10000 records, 7d, 1GB, or several with commas; in memory 10000 unless told otherwise' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l inspector -d 'Show what passes on a page at this address, or `off`; on a terminal, a free port of this machine unless told otherwise' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l inspector-token-file -d 'Take the page\'s token from this file, which is made where there is none' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l cert -d 'Speak TLS with this certificate chain, in PEM' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l key-file -d 'The certificate\'s private key, in PEM' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l for -d 'End after this time, such as 10s' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l domain -d 'The instance\'s domain, instead of the identity\'s' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l expect -d 'End when deliveries of this type came and verified' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l count -d 'How many of them' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l with -d 'Run a server of this protocol beside the instance, with its sessions at this path; repeat it for several' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l user -d 'A user whom WebFinger finds; repeat it for several [default: debug, where there is nobody else]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l data -d 'Serve the entities in the JSON files of this folder, in any layout; a Follow in it says who follows whom' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l follows -d 'How to answer a Follow' -r -f -a "accept\t'With a FollowAccept'
reject\t'With a FollowReject'
manual\t'When somebody says how, in the inspector'
ignore\t'Not at all'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l retry -d 'Try deliveries of its own so many times again, with growing random waits; Retry-After and RateLimit-* are kept to' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l authorizer -d 'Ask this URL about each session and command: a POST of JSON, and 200 allows it' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l broker -d 'Who carries messages, `memory` or a Redis server; RoadRunner\'s 2.3.0 can have several, by their names' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l max-queue -d 'How much may wait for one session before it is cut off' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l broadcasting-key-file -d 'The key that POST /broadcast?key=… needs, from a file' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l wire -d 'The wire: that of 2.3.0, or that of 2.3.1 and later' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l allowed-origin -d 'The origin of pages that may open sessions, with one * at most; for the later wire' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l rpc -d 'Take publishers\' calls at this address' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l redeliver-after -d 'Send an event that is not acknowledged again after this time' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l silence -d 'Close a session from which nothing came for this time' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l token-file -d 'Let in only who has a token of this file' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l as -d 'Sign as this identity of the store [env: VERSIA_AS]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l key -d 'Sign with the private key in this file, or `-` [env: VERSIA_KEY (the key), VERSIA_KEY_FILE (a path)]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l signed-by -d 'The domain to sign for, instead of the identity\'s [env: VERSIA_SIGNED_BY]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l peer -d 'The instance of this domain is at that address; its key is fetched from there' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l timeout -d 'The limit for a whole exchange; 0 is none' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l connect-timeout -d 'The limit for connecting: resolving, TCP and TLS together' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l resolve -d 'Connect to this address for that host and port; an IPv6 address stands in brackets' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l cacert -d 'Trust the authorities in this PEM file instead of the machine\'s own' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l proxy -d 'Send everything through this HTTP proxy, loopback included; else *_PROXY and NO_PROXY decide' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -s H -l header -d 'Send this header, or those in a file, for secrets; takes the place of one of our own' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l user-agent -d 'Send this as User-Agent' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l with-secrets -d 'Show credentials and cookies in records, instead of hiding their values'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l tls -d 'Speak TLS, with a certificate of a local authority that is made once'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l reject -d 'Answer 401 to what is not rightly signed, and 422 to what is stale or no valid entity'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l no-validate -d 'Take any JSON with a type for an entity: say nothing about it, and refuse none'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l no-receipts -d 'Send no receipts over WebSocket, whatever the client offers'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l seed -d 'Begin with a small instance: four users who know each other, notes, reactions, a group; the same for a domain each time'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l messages -d 'Send an instance message to a peer whose delivery could not be accepted'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l strict-original -d 'Answer ok to a publication for a broker that there is not, as the original does'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l allow-private -d 'Fetch keys from private addresses too, not from public ones only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l insecure -d 'Take any certificate'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l allow-http -d 'Speak plain HTTP to other machines too, not to this one only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -l timings -d 'Tell how long each stage took: DNS, TCP, proxy, TLS, first byte, total'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -f -a "wsify" -d 'Run a wsify server: clients join channels over WebSocket and broadcast to them; others publish with POST /broadcast'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -f -a "roadrunner" -d 'Run a server of RoadRunner\'s WebSockets: clients join topics, and applications publish to them by Goridge RPC'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and not __fish_seen_subcommand_from wsify roadrunner chat" -f -a "chat" -d 'Run a chat server: requests, responses, and events that are sent again until they are acknowledged'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l path -d 'The path of the sessions; /broadcast is beside it' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l listen -d 'Listen at this address; port 0 takes a free one' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l fault -d 'Do something wrong on purpose: \'NAME[=VALUE] [OPTION=VALUE …]\'; repeat it for several' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l max-body -d 'The largest body or message' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l store -d 'Keep everything that passes in this file, and answer a delivery when it is there; for a chat, its messages too' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l keep -d 'Keep so much of it: 10000 records, 7d, 1GB, or several with commas; in memory 10000 unless told otherwise' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l inspector -d 'Show what passes on a page at this address, or `off`; on a terminal, a free port of this machine unless told otherwise' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l inspector-token-file -d 'Take the page\'s token from this file, which is made where there is none' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l cert -d 'Speak TLS with this certificate chain, in PEM' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l key-file -d 'The certificate\'s private key, in PEM' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l for -d 'End after this time, such as 10s' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l authorizer -d 'Ask this URL about each session and command: a POST of JSON, and 200 allows it' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l broker -d 'Who carries messages, `memory` or a Redis server; RoadRunner\'s 2.3.0 can have several, by their names' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l max-queue -d 'How much may wait for one session before it is cut off' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l broadcasting-key-file -d 'The key that POST /broadcast?key=… needs, from a file' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l timeout -d 'The limit for a whole exchange; 0 is none' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l connect-timeout -d 'The limit for connecting: resolving, TCP and TLS together' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l resolve -d 'Connect to this address for that host and port; an IPv6 address stands in brackets' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l cacert -d 'Trust the authorities in this PEM file instead of the machine\'s own' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l proxy -d 'Send everything through this HTTP proxy, loopback included; else *_PROXY and NO_PROXY decide' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -s H -l header -d 'Send this header, or those in a file, for secrets; takes the place of one of our own' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l user-agent -d 'Send this as User-Agent' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l with-secrets -d 'Show credentials and cookies in records, instead of hiding their values'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l tls -d 'Speak TLS, with a certificate of a local authority that is made once'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l insecure -d 'Take any certificate'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l allow-http -d 'Speak plain HTTP to other machines too, not to this one only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l timings -d 'Tell how long each stage took: DNS, TCP, proxy, TLS, first byte, total'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from wsify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l path -d 'The path of the sessions' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l listen -d 'Listen at this address; port 0 takes a free one' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l fault -d 'Do something wrong on purpose: \'NAME[=VALUE] [OPTION=VALUE …]\'; repeat it for several' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l max-body -d 'The largest body or message' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l store -d 'Keep everything that passes in this file, and answer a delivery when it is there; for a chat, its messages too' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l keep -d 'Keep so much of it: 10000 records, 7d, 1GB, or several with commas; in memory 10000 unless told otherwise' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l inspector -d 'Show what passes on a page at this address, or `off`; on a terminal, a free port of this machine unless told otherwise' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l inspector-token-file -d 'Take the page\'s token from this file, which is made where there is none' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l cert -d 'Speak TLS with this certificate chain, in PEM' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l key-file -d 'The certificate\'s private key, in PEM' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l for -d 'End after this time, such as 10s' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l authorizer -d 'Ask this URL about each session and command: a POST of JSON, and 200 allows it' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l broker -d 'Who carries messages, `memory` or a Redis server; RoadRunner\'s 2.3.0 can have several, by their names' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l max-queue -d 'How much may wait for one session before it is cut off' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l wire -d 'The wire: that of 2.3.0, or that of 2.3.1 and later' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l allowed-origin -d 'The origin of pages that may open sessions, with one * at most; for the later wire' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l rpc -d 'Take publishers\' calls at this address' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l timeout -d 'The limit for a whole exchange; 0 is none' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l connect-timeout -d 'The limit for connecting: resolving, TCP and TLS together' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l resolve -d 'Connect to this address for that host and port; an IPv6 address stands in brackets' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l cacert -d 'Trust the authorities in this PEM file instead of the machine\'s own' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l proxy -d 'Send everything through this HTTP proxy, loopback included; else *_PROXY and NO_PROXY decide' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -s H -l header -d 'Send this header, or those in a file, for secrets; takes the place of one of our own' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l user-agent -d 'Send this as User-Agent' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l with-secrets -d 'Show credentials and cookies in records, instead of hiding their values'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l tls -d 'Speak TLS, with a certificate of a local authority that is made once'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l strict-original -d 'Answer ok to a publication for a broker that there is not, as the original does'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l insecure -d 'Take any certificate'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l allow-http -d 'Speak plain HTTP to other machines too, not to this one only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l timings -d 'Tell how long each stage took: DNS, TCP, proxy, TLS, first byte, total'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from roadrunner" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from chat" -l path -d 'The path of the sessions' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from chat" -l listen -d 'Listen at this address; port 0 takes a free one' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from chat" -l fault -d 'Do something wrong on purpose: \'NAME[=VALUE] [OPTION=VALUE …]\'; repeat it for several' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from chat" -l max-body -d 'The largest body or message' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from chat" -l store -d 'Keep everything that passes in this file, and answer a delivery when it is there; for a chat, its messages too' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from chat" -l keep -d 'Keep so much of it: 10000 records, 7d, 1GB, or several with commas; in memory 10000 unless told otherwise' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from chat" -l inspector -d 'Show what passes on a page at this address, or `off`; on a terminal, a free port of this machine unless told otherwise' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from chat" -l inspector-token-file -d 'Take the page\'s token from this file, which is made where there is none' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from chat" -l cert -d 'Speak TLS with this certificate chain, in PEM' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from chat" -l key-file -d 'The certificate\'s private key, in PEM' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from chat" -l for -d 'End after this time, such as 10s' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from chat" -l redeliver-after -d 'Send an event that is not acknowledged again after this time' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from chat" -l silence -d 'Close a session from which nothing came for this time' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from chat" -l token-file -d 'Let in only who has a token of this file' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from chat" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from chat" -l with-secrets -d 'Show credentials and cookies in records, instead of hiding their values'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from chat" -l tls -d 'Speak TLS, with a certificate of a local authority that is made once'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from chat" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from chat" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from chat" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand serve; and __fish_seen_subcommand_from chat" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and not __fish_seen_subcommand_from list show export import replay diff report stats bundle" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and not __fish_seen_subcommand_from list show export import replay diff report stats bundle" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and not __fish_seen_subcommand_from list show export import replay diff report stats bundle" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and not __fish_seen_subcommand_from list show export import replay diff report stats bundle" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and not __fish_seen_subcommand_from list show export import replay diff report stats bundle" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and not __fish_seen_subcommand_from list show export import replay diff report stats bundle" -f -a "list" -d 'List records, a line each, the newest last'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and not __fish_seen_subcommand_from list show export import replay diff report stats bundle" -f -a "show" -d 'Show everything about a record, explained again'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and not __fish_seen_subcommand_from list show export import replay diff report stats bundle" -f -a "export" -d 'Write records in a form that other programs read'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and not __fish_seen_subcommand_from list show export import replay diff report stats bundle" -f -a "import" -d 'Put records into a store'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and not __fish_seen_subcommand_from list show export import replay diff report stats bundle" -f -a "replay" -d 'Send again what was recorded'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and not __fish_seen_subcommand_from list show export import replay diff report stats bundle" -f -a "diff" -d 'Compare two records part by part'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and not __fish_seen_subcommand_from list show export import replay diff report stats bundle" -f -a "report" -d 'Say how senders behaved: their retries and the waits between them, and whether they respected Retry-After and RateLimit-*'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and not __fish_seen_subcommand_from list show export import replay diff report stats bundle" -f -a "stats" -d 'Count records'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and not __fish_seen_subcommand_from list show export import replay diff report stats bundle" -f -a "bundle" -d 'Write records as one file for a bug report, without secrets'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from list" -l limit -d 'At most so many, the newest' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from list" -l type -d 'Types of entities, or words of frames: Note, Follow, Like, join' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from list" -l verdict -d 'What signatures are worth: valid, invalid, missing, stale, key-unavailable, not-checked' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from list" -l code -d 'Codes of findings, such as VS401' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from list" -l peer -d 'The other side: its address, or the domain that signs' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from list" -l author -d 'A part of the author\'s reference' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from list" -l direction -d 'Which way it went: in or out' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from list" -l transport -d 'How it travelled: http or ws' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from list" -l protocol -d 'Which protocol it is of: versia, wsify, roadrunner, chat, raw' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from list" -l status -d 'The status of the answer: 404, or a class such as 4xx' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from list" -l session -d 'The WebSocket session' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from list" -l since -d 'From this time on: 2026-01-31T12:00:00Z, or how long ago: 10m, 2h, 7d' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from list" -l until -d 'Before this time' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from list" -l text -d 'A text in the target, a header, a body or a frame' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from list" -l store -d 'The file that `serve --store` writes [env: VERSIA_STORE]' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from list" -l from -d 'Records in this file, or `-`: lines of JSON, a HAR file, or a bundle' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from list" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from list" -l follow -d 'Go on, and list new ones as they are recorded'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from list" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from show" -l raw -d 'Print a body alone, byte for byte' -r -f -a "auto\t'The first that is not empty'
request\t'The request\'s body'
response\t'The response\'s body'
frame\t'The frame\'s payload'
malformed\t'What could not be parsed'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from show" -l store -d 'The file that `serve --store` writes [env: VERSIA_STORE]' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from show" -l from -d 'Records in this file, or `-`: lines of JSON, a HAR file, or a bundle' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from show" -l public-key -d 'The signer\'s public key: a file in any form that `key` reads, `-`, or its base64' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from show" -l metadata -d 'The signer\'s InstanceMetadata document; repeat it for several signers' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from show" -l try-key -d 'Another key that may have signed, to find out only; `previous=` or `user=` before it says whose it is' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from show" -l explain-budget -d 'How long to search for what was really signed, when a signature does not match' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from show" -l peer -d 'The instance of this domain is at that address; its key is fetched from there' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from show" -l timeout -d 'The limit for a whole exchange; 0 is none' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from show" -l connect-timeout -d 'The limit for connecting: resolving, TCP and TLS together' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from show" -l resolve -d 'Connect to this address for that host and port; an IPv6 address stands in brackets' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from show" -l cacert -d 'Trust the authorities in this PEM file instead of the machine\'s own' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from show" -l proxy -d 'Send everything through this HTTP proxy, loopback included; else *_PROXY and NO_PROXY decide' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from show" -s H -l header -d 'Send this header, or those in a file, for secrets; takes the place of one of our own' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from show" -l user-agent -d 'Send this as User-Agent' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from show" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from show" -l with-secrets -d 'Show credentials and cookies, instead of hiding their values'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from show" -l fetch-key -d 'Ask the signer\'s instance for its key, where no stored identity has the signer\'s domain'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from show" -l allow-private -d 'Fetch keys from private addresses too, not from public ones only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from show" -l insecure -d 'Take any certificate'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from show" -l allow-http -d 'Speak plain HTTP to other machines too, not to this one only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from show" -l timings -d 'Tell how long each stage took: DNS, TCP, proxy, TLS, first byte, total'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from show" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from export" -l format -d 'The form: lines of JSON, an HTTP archive, or curl commands' -r -f -a "ndjson\t'Records, one per line, which `inbox import` and `verify` read'
har\t'HAR 1.2, which browsers\' dev tools open'
curl\t'A curl command for each request'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from export" -s o -l output -d 'Write into this new file, which only you can read' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from export" -l type -d 'Types of entities, or words of frames: Note, Follow, Like, join' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from export" -l verdict -d 'What signatures are worth: valid, invalid, missing, stale, key-unavailable, not-checked' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from export" -l code -d 'Codes of findings, such as VS401' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from export" -l peer -d 'The other side: its address, or the domain that signs' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from export" -l author -d 'A part of the author\'s reference' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from export" -l direction -d 'Which way it went: in or out' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from export" -l transport -d 'How it travelled: http or ws' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from export" -l protocol -d 'Which protocol it is of: versia, wsify, roadrunner, chat, raw' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from export" -l status -d 'The status of the answer: 404, or a class such as 4xx' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from export" -l session -d 'The WebSocket session' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from export" -l since -d 'From this time on: 2026-01-31T12:00:00Z, or how long ago: 10m, 2h, 7d' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from export" -l until -d 'Before this time' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from export" -l text -d 'A text in the target, a header, a body or a frame' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from export" -l store -d 'The file that `serve --store` writes [env: VERSIA_STORE]' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from export" -l from -d 'Records in this file, or `-`: lines of JSON, a HAR file, or a bundle' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from export" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from export" -l with-secrets -d 'Write credentials and cookies, instead of hiding their values'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from export" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from import" -l store -d 'The file that `serve --store` writes [env: VERSIA_STORE]' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from import" -l from -d 'Records in this file, or `-`: lines of JSON, a HAR file, or a bundle' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from import" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from import" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from replay" -l to -d 'Where to: an instance\'s address or domain, or a full address' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from replay" -l set -d 'Put this value into the entity, such as content.text/plain.content, or a JSON pointer; repeat it for several' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from replay" -l store -d 'The file that `serve --store` writes [env: VERSIA_STORE]' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from replay" -l from -d 'Records in this file, or `-`: lines of JSON, a HAR file, or a bundle' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from replay" -l as -d 'Sign as this identity of the store [env: VERSIA_AS]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from replay" -l key -d 'Sign with the private key in this file, or `-` [env: VERSIA_KEY (the key), VERSIA_KEY_FILE (a path)]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from replay" -l signed-by -d 'The domain to sign for, instead of the identity\'s [env: VERSIA_SIGNED_BY]' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from replay" -l peer -d 'The instance of this domain is at that address; its key is fetched from there' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from replay" -l timeout -d 'The limit for a whole exchange; 0 is none' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from replay" -l connect-timeout -d 'The limit for connecting: resolving, TCP and TLS together' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from replay" -l resolve -d 'Connect to this address for that host and port; an IPv6 address stands in brackets' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from replay" -l cacert -d 'Trust the authorities in this PEM file instead of the machine\'s own' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from replay" -l proxy -d 'Send everything through this HTTP proxy, loopback included; else *_PROXY and NO_PROXY decide' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from replay" -s H -l header -d 'Send this header, or those in a file, for secrets; takes the place of one of our own' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from replay" -l user-agent -d 'Send this as User-Agent' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from replay" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from replay" -l with-secrets -d 'Send credentials and cookies along, where the record has their values'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from replay" -l allow-private -d 'Fetch keys from private addresses too, not from public ones only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from replay" -l insecure -d 'Take any certificate'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from replay" -l allow-http -d 'Speak plain HTTP to other machines too, not to this one only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from replay" -l timings -d 'Tell how long each stage took: DNS, TCP, proxy, TLS, first byte, total'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from replay" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from replay" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from replay" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from replay" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from diff" -l store -d 'The file that `serve --store` writes [env: VERSIA_STORE]' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from diff" -l from -d 'Records in this file, or `-`: lines of JSON, a HAR file, or a bundle' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from diff" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from diff" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from diff" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from diff" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from report" -l type -d 'Types of entities, or words of frames: Note, Follow, Like, join' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from report" -l verdict -d 'What signatures are worth: valid, invalid, missing, stale, key-unavailable, not-checked' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from report" -l code -d 'Codes of findings, such as VS401' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from report" -l peer -d 'The other side: its address, or the domain that signs' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from report" -l author -d 'A part of the author\'s reference' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from report" -l direction -d 'Which way it went: in or out' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from report" -l transport -d 'How it travelled: http or ws' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from report" -l protocol -d 'Which protocol it is of: versia, wsify, roadrunner, chat, raw' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from report" -l status -d 'The status of the answer: 404, or a class such as 4xx' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from report" -l session -d 'The WebSocket session' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from report" -l since -d 'From this time on: 2026-01-31T12:00:00Z, or how long ago: 10m, 2h, 7d' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from report" -l until -d 'Before this time' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from report" -l text -d 'A text in the target, a header, a body or a frame' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from report" -l store -d 'The file that `serve --store` writes [env: VERSIA_STORE]' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from report" -l from -d 'Records in this file, or `-`: lines of JSON, a HAR file, or a bundle' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from report" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from report" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from report" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from report" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from stats" -l type -d 'Types of entities, or words of frames: Note, Follow, Like, join' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from stats" -l verdict -d 'What signatures are worth: valid, invalid, missing, stale, key-unavailable, not-checked' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from stats" -l code -d 'Codes of findings, such as VS401' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from stats" -l peer -d 'The other side: its address, or the domain that signs' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from stats" -l author -d 'A part of the author\'s reference' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from stats" -l direction -d 'Which way it went: in or out' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from stats" -l transport -d 'How it travelled: http or ws' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from stats" -l protocol -d 'Which protocol it is of: versia, wsify, roadrunner, chat, raw' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from stats" -l status -d 'The status of the answer: 404, or a class such as 4xx' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from stats" -l session -d 'The WebSocket session' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from stats" -l since -d 'From this time on: 2026-01-31T12:00:00Z, or how long ago: 10m, 2h, 7d' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from stats" -l until -d 'Before this time' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from stats" -l text -d 'A text in the target, a header, a body or a frame' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from stats" -l store -d 'The file that `serve --store` writes [env: VERSIA_STORE]' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from stats" -l from -d 'Records in this file, or `-`: lines of JSON, a HAR file, or a bundle' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from stats" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from stats" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from stats" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from stats" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from stats" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from bundle" -s o -l output -d 'Write into this new file, instead of standard output' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from bundle" -l store -d 'The file that `serve --store` writes [env: VERSIA_STORE]' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from bundle" -l from -d 'Records in this file, or `-`: lines of JSON, a HAR file, or a bundle' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from bundle" -l public-key -d 'The signer\'s public key: a file in any form that `key` reads, `-`, or its base64' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from bundle" -l metadata -d 'The signer\'s InstanceMetadata document; repeat it for several signers' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from bundle" -l try-key -d 'Another key that may have signed, to find out only; `previous=` or `user=` before it says whose it is' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from bundle" -l explain-budget -d 'How long to search for what was really signed, when a signature does not match' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from bundle" -l peer -d 'The instance of this domain is at that address; its key is fetched from there' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from bundle" -l timeout -d 'The limit for a whole exchange; 0 is none' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from bundle" -l connect-timeout -d 'The limit for connecting: resolving, TCP and TLS together' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from bundle" -l resolve -d 'Connect to this address for that host and port; an IPv6 address stands in brackets' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from bundle" -l cacert -d 'Trust the authorities in this PEM file instead of the machine\'s own' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from bundle" -l proxy -d 'Send everything through this HTTP proxy, loopback included; else *_PROXY and NO_PROXY decide' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from bundle" -s H -l header -d 'Send this header, or those in a file, for secrets; takes the place of one of our own' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from bundle" -l user-agent -d 'Send this as User-Agent' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from bundle" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from bundle" -l fetch-key -d 'Ask the signer\'s instance for its key, where no stored identity has the signer\'s domain'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from bundle" -l allow-private -d 'Fetch keys from private addresses too, not from public ones only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from bundle" -l insecure -d 'Take any certificate'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from bundle" -l allow-http -d 'Speak plain HTTP to other machines too, not to this one only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from bundle" -l timings -d 'Tell how long each stage took: DNS, TCP, proxy, TLS, first byte, total'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from bundle" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from bundle" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from bundle" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand inbox; and __fish_seen_subcommand_from bundle" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l to -d 'Where the instance is, without a path' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l listen -d 'Listen at this address; port 0 takes a free one' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l domain -d 'The instance\'s domain, by which it signs, where that is not the host of --to: its key is fetched from there' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l host -d 'Send this Host to the instance, in the place of the client\'s' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l max-body -d 'The largest body or message' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l store -d 'Keep everything that passes in this file, and answer a delivery when it is there; for a chat, its messages too' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l keep -d 'Keep so much of it: 10000 records, 7d, 1GB, or several with commas; in memory 10000 unless told otherwise' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l inspector -d 'Show what passes on a page at this address, or `off`; on a terminal, a free port of this machine unless told otherwise' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l inspector-token-file -d 'Take the page\'s token from this file, which is made where there is none' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l cert -d 'Speak TLS with this certificate chain, in PEM' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l key-file -d 'The certificate\'s private key, in PEM' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l for -d 'End after this time, such as 10s' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l peer -d 'The instance of this domain is at that address; its key is fetched from there' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l timeout -d 'The limit for a whole exchange; 0 is none' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l connect-timeout -d 'The limit for connecting: resolving, TCP and TLS together' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l resolve -d 'Connect to this address for that host and port; an IPv6 address stands in brackets' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l cacert -d 'Trust the authorities in this PEM file instead of the machine\'s own' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l proxy -d 'Send everything through this HTTP proxy, loopback included; else *_PROXY and NO_PROXY decide' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -s H -l header -d 'Send this header, or those in a file, for secrets; takes the place of one of our own' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l user-agent -d 'Send this as User-Agent' -r
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l no-validate -d 'Say nothing about entities that are not valid'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l with-secrets -d 'Show credentials and cookies in records, instead of hiding their values'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l tls -d 'Speak TLS, with a certificate of a local authority that is made once'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l allow-private -d 'Fetch keys from private addresses too, not from public ones only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l insecure -d 'Take any certificate'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l allow-http -d 'Speak plain HTTP to other machines too, not to this one only'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -l timings -d 'Tell how long each stage took: DNS, TCP, proxy, TLS, first byte, total'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand proxy" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand explain" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand explain" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand explain" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand explain" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand explain" -l list -d 'List every code with its title'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand demo" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand demo" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand demo" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand demo" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand completions" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand completions" -l all -d 'Write the completions for every shell to this folder' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand completions" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand completions" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand completions" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand man" -l color -d 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE'
always\t'Everywhere'
never\t'Nowhere'"
complete -c versia-cli -n "__fish_versia_cli_using_subcommand man" -l all -d 'Write every page to this folder' -r -F
complete -c versia-cli -n "__fish_versia_cli_using_subcommand man" -l json -d 'Print results as JSON, one document per line'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand man" -s q -l quiet -d 'Leave out notes, hints and warnings'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand man" -s v -l verbose -d 'Tell more'
complete -c versia-cli -n "__fish_versia_cli_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
