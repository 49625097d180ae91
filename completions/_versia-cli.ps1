
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'versia-cli' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'versia-cli'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'versia-cli' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON, one document per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('keygen', 'keygen', [CompletionResultType]::ParameterValue, 'Make an Ed25519 key')
            [CompletionResult]::new('key', 'key', [CompletionResultType]::ParameterValue, 'Say what a key is: private or public, in which form, with its public half and a fingerprint')
            [CompletionResult]::new('identity', 'identity', [CompletionResultType]::ParameterValue, 'List, show, add, choose and remove stored identities: a key and a domain under a name')
            [CompletionResult]::new('sign', 'sign', [CompletionResultType]::ParameterValue, 'Sign a request, the response to one (--response), or a WebSocket message (--ws)')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Verify signatures: prints the signed string part by part, the verdict, and everything that is wrong, by code')
            [CompletionResult]::new('send', 'send', [CompletionResultType]::ParameterValue, 'Sign entities and deliver them to an inbox')
            [CompletionResult]::new('fetch', 'fetch', [CompletionResultType]::ParameterValue, 'Fetch an entity with a signed GET, and verify the response')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Run a local instance: it answers discovery, takes deliveries over HTTP and WebSocket, verifies each with its signer''s published key, and tells one line about it')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Explain a code: what it means, why it happens, how to fix it, and the rule in the public documents')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Show the whole in one minute: two instances, a Note delivered over HTTP and over WebSocket and verified by the published key, a tampered one refused with its reason')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print a manual page, to be read with `man -l -`')
            break
        }
        'versia-cli;keygen' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected')
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Write the private key to this file (mode 0600), or to standard output with `-`')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the file is written')
            [CompletionResult]::new('--save', '--save', [CompletionResultType]::ParameterName, 'Store the key under this name as an identity')
            [CompletionResult]::new('--domain', '--domain', [CompletionResultType]::ParameterName, 'The domain that the identity signs for')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON, one document per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace a file or an identity that is there already')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'versia-cli;key' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Print the key in this form instead')
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Write what was converted to this file (mode 0600), or to standard output with `-`')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The limit for a whole exchange; 0 is none')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'The limit for connecting: resolving, TCP and TLS together')
            [CompletionResult]::new('--resolve', '--resolve', [CompletionResultType]::ParameterName, 'Connect to this address for that host and port; an IPv6 address stands in brackets')
            [CompletionResult]::new('--cacert', '--cacert', [CompletionResultType]::ParameterName, 'Trust the authorities in this PEM file instead of the machine''s own')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Send everything through this HTTP proxy, loopback included; else *_PROXY and NO_PROXY decide')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Send this header, or those in a file, for secrets; takes the place of one of our own')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Send this header, or those in a file, for secrets; takes the place of one of our own')
            [CompletionResult]::new('--user-agent', '--user-agent', [CompletionResultType]::ParameterName, 'Send this as User-Agent')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON, one document per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('--public', '--public', [CompletionResultType]::ParameterName, 'Convert the public half, also of a private key')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace the file if it is there already')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Take any certificate')
            [CompletionResult]::new('--allow-http', '--allow-http', [CompletionResultType]::ParameterName, 'Speak plain HTTP to other machines too, not to this one only')
            [CompletionResult]::new('--timings', '--timings', [CompletionResultType]::ParameterName, 'Tell how long each stage took: DNS, TCP, proxy, TLS, first byte, total')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'versia-cli;identity' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON, one document per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List all identities; the one in use is marked')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one identity: domain, public key, fingerprint; never the private key')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add an identity with a key that exists already (`keygen --save` makes a new one)')
            [CompletionResult]::new('use', 'use', [CompletionResultType]::ParameterValue, 'Sign as this identity when nothing else is said')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove an identity and its key')
            break
        }
        'versia-cli;identity;list' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON, one document per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'versia-cli;identity;show' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON, one document per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'versia-cli;identity;add' {
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'The file with its private key, or `-`')
            [CompletionResult]::new('--domain', '--domain', [CompletionResultType]::ParameterName, 'The domain that it signs for')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace an identity that is there already')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON, one document per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'versia-cli;identity;use' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON, one document per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'versia-cli;identity;remove' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON, one document per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'versia-cli;sign' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected')
            [CompletionResult]::new('--body', '--body', [CompletionResultType]::ParameterName, 'The body; without it, standard input where something is piped in and the method has a body')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'The time of signing in Unix seconds, instead of now')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to print; --json is --format json, --ws is --format ws')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'Sign as this identity of the store [env: VERSIA_AS]')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Sign with the private key in this file, or `-` [env: VERSIA_KEY (the key), VERSIA_KEY_FILE (a path)]')
            [CompletionResult]::new('--signed-by', '--signed-by', [CompletionResultType]::ParameterName, 'The domain to sign for, instead of the identity''s [env: VERSIA_SIGNED_BY]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON, one document per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('--response', '--response', [CompletionResultType]::ParameterName, 'Sign the response to this request: the body is the response''s')
            [CompletionResult]::new('--ws', '--ws', [CompletionResultType]::ParameterName, 'Sign a message of the WebSocket extension: as a POST to the inbox')
            [CompletionResult]::new('--ndjson', '--ndjson', [CompletionResultType]::ParameterName, 'Sign a stream: each line of the body is a body of its own, or a record with its own method and target')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'versia-cli;verify' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected')
            [CompletionResult]::new('--method', '--method', [CompletionResultType]::ParameterName, 'The request''s method')
            [CompletionResult]::new('--path', '--path', [CompletionResultType]::ParameterName, 'The request''s path, as written on the wire; in place of the input''s own, where there is an input')
            [CompletionResult]::new('--signature', '--signature', [CompletionResultType]::ParameterName, 'The value of Versia-Signature')
            [CompletionResult]::new('--signed-at', '--signed-at', [CompletionResultType]::ParameterName, 'The value of Versia-Signed-At')
            [CompletionResult]::new('--signed-by', '--signed-by', [CompletionResultType]::ParameterName, 'The value of Versia-Signed-By')
            [CompletionResult]::new('--body', '--body', [CompletionResultType]::ParameterName, 'The body: a file, or `-`')
            [CompletionResult]::new('--only', '--only', [CompletionResultType]::ParameterName, 'Verify only the request or the response, where both are there')
            [CompletionResult]::new('--public-key', '--public-key', [CompletionResultType]::ParameterName, 'The signer''s public key: a file in any form that `key` reads, `-`, or its base64')
            [CompletionResult]::new('--metadata', '--metadata', [CompletionResultType]::ParameterName, 'The signer''s InstanceMetadata document; repeat it for several signers')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'The key of this stored identity; by default, the one that has the signer''s domain')
            [CompletionResult]::new('--as-of', '--as-of', [CompletionResultType]::ParameterName, 'The moment to verify as of: an RFC 3339 time, Unix seconds, `now`, `ignore`, or `own`, the default: the time that a record or a HAR entry gives, else now')
            [CompletionResult]::new('--max-skew', '--max-skew', [CompletionResultType]::ParameterName, 'How far the time of signing may be off')
            [CompletionResult]::new('--peer', '--peer', [CompletionResultType]::ParameterName, 'The instance of this domain is at that address; its key is fetched from there')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The limit for a whole exchange; 0 is none')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'The limit for connecting: resolving, TCP and TLS together')
            [CompletionResult]::new('--resolve', '--resolve', [CompletionResultType]::ParameterName, 'Connect to this address for that host and port; an IPv6 address stands in brackets')
            [CompletionResult]::new('--cacert', '--cacert', [CompletionResultType]::ParameterName, 'Trust the authorities in this PEM file instead of the machine''s own')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Send everything through this HTTP proxy, loopback included; else *_PROXY and NO_PROXY decide')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Send this header, or those in a file, for secrets; takes the place of one of our own')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Send this header, or those in a file, for secrets; takes the place of one of our own')
            [CompletionResult]::new('--user-agent', '--user-agent', [CompletionResultType]::ParameterName, 'Send this as User-Agent')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON, one document per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('--response', '--response', [CompletionResultType]::ParameterName, 'The parts are those of the response to this request')
            [CompletionResult]::new('--ndjson', '--ndjson', [CompletionResultType]::ParameterName, 'Read the input as lines of JSON at once, without finding out first: each is answered as it comes')
            [CompletionResult]::new('--fetch-key', '--fetch-key', [CompletionResultType]::ParameterName, 'Ask the signer''s instance for its key, where no stored identity has the signer''s domain')
            [CompletionResult]::new('--allow-private', '--allow-private', [CompletionResultType]::ParameterName, 'Fetch keys from private addresses too, not from public ones only')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Take any certificate')
            [CompletionResult]::new('--allow-http', '--allow-http', [CompletionResultType]::ParameterName, 'Speak plain HTTP to other machines too, not to this one only')
            [CompletionResult]::new('--timings', '--timings', [CompletionResultType]::ParameterName, 'Tell how long each stage took: DNS, TCP, proxy, TLS, first byte, total')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'versia-cli;send' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Where to: https://b.example or its domain, @user@domain, a web+versia:// link, or an inbox''s full URL')
            [CompletionResult]::new('--expect', '--expect', [CompletionResultType]::ParameterName, 'The answer that is wanted: a status or a class such as 4xx; it is the yes instead of 2xx')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'How many are under way at a time [default: 8]')
            [CompletionResult]::new('--rate', '--rate', [CompletionResultType]::ParameterName, 'At most so many a second, evenly spaced; fractions allowed')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'Try so many times again after 429, 5xx and connection errors, with growing random waits')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The longest pause that the server may ask for; a longer one ends the run')
            [CompletionResult]::new('--journal', '--journal', [CompletionResultType]::ParameterName, 'Keep outcomes in this file; the next run with it sends what has no answer yet. Any answer is an outcome: to send a refused one again, take its line out of the file')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'Sign as this identity of the store [env: VERSIA_AS]')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Sign with the private key in this file, or `-` [env: VERSIA_KEY (the key), VERSIA_KEY_FILE (a path)]')
            [CompletionResult]::new('--signed-by', '--signed-by', [CompletionResultType]::ParameterName, 'The domain to sign for, instead of the identity''s [env: VERSIA_SIGNED_BY]')
            [CompletionResult]::new('--peer', '--peer', [CompletionResultType]::ParameterName, 'The instance of this domain is at that address; its key is fetched from there')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The limit for a whole exchange; 0 is none')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'The limit for connecting: resolving, TCP and TLS together')
            [CompletionResult]::new('--resolve', '--resolve', [CompletionResultType]::ParameterName, 'Connect to this address for that host and port; an IPv6 address stands in brackets')
            [CompletionResult]::new('--cacert', '--cacert', [CompletionResultType]::ParameterName, 'Trust the authorities in this PEM file instead of the machine''s own')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Send everything through this HTTP proxy, loopback included; else *_PROXY and NO_PROXY decide')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Send this header, or those in a file, for secrets; takes the place of one of our own')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Send this header, or those in a file, for secrets; takes the place of one of our own')
            [CompletionResult]::new('--user-agent', '--user-agent', [CompletionResultType]::ParameterName, 'Send this as User-Agent')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON, one document per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('--ws', '--ws', [CompletionResultType]::ParameterName, 'Deliver over one WebSocket session; an address that begins with wss:// or ws:// says the same')
            [CompletionResult]::new('--no-receipts', '--no-receipts', [CompletionResultType]::ParameterName, 'Offer no receipts: nobody says what becomes of messages, and a server ends the session with the first it refuses')
            [CompletionResult]::new('--ndjson', '--ndjson', [CompletionResultType]::ParameterName, 'Read lines of JSON at once, without finding out first: each is sent as it comes')
            [CompletionResult]::new('--as-is', '--as-is', [CompletionResultType]::ParameterName, 'Send documents as they are, unsigned, to see what the other side says')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print what would be sent, and send nothing')
            [CompletionResult]::new('--fail-fast', '--fail-fast', [CompletionResultType]::ParameterName, 'Start nothing new after the first that is not delivered')
            [CompletionResult]::new('--allow-private', '--allow-private', [CompletionResultType]::ParameterName, 'Fetch keys from private addresses too, not from public ones only')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Take any certificate')
            [CompletionResult]::new('--allow-http', '--allow-http', [CompletionResultType]::ParameterName, 'Speak plain HTTP to other machines too, not to this one only')
            [CompletionResult]::new('--timings', '--timings', [CompletionResultType]::ParameterName, 'Tell how long each stage took: DNS, TCP, proxy, TLS, first byte, total')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'versia-cli;fetch' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected')
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'The type of the entity that a reference names')
            [CompletionResult]::new('--expect', '--expect', [CompletionResultType]::ParameterName, 'The status that is a yes, instead of any 2xx: a number, or a class such as 4xx')
            [CompletionResult]::new('--public-key', '--public-key', [CompletionResultType]::ParameterName, 'Verify with this public key: a file in any form that `key` reads, `-`, or its base64')
            [CompletionResult]::new('--metadata', '--metadata', [CompletionResultType]::ParameterName, 'Verify with the key in this InstanceMetadata document')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'Sign as this identity of the store [env: VERSIA_AS]')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Sign with the private key in this file, or `-` [env: VERSIA_KEY (the key), VERSIA_KEY_FILE (a path)]')
            [CompletionResult]::new('--signed-by', '--signed-by', [CompletionResultType]::ParameterName, 'The domain to sign for, instead of the identity''s [env: VERSIA_SIGNED_BY]')
            [CompletionResult]::new('--peer', '--peer', [CompletionResultType]::ParameterName, 'The instance of this domain is at that address; its key is fetched from there')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The limit for a whole exchange; 0 is none')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'The limit for connecting: resolving, TCP and TLS together')
            [CompletionResult]::new('--resolve', '--resolve', [CompletionResultType]::ParameterName, 'Connect to this address for that host and port; an IPv6 address stands in brackets')
            [CompletionResult]::new('--cacert', '--cacert', [CompletionResultType]::ParameterName, 'Trust the authorities in this PEM file instead of the machine''s own')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Send everything through this HTTP proxy, loopback included; else *_PROXY and NO_PROXY decide')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Send this header, or those in a file, for secrets; takes the place of one of our own')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Send this header, or those in a file, for secrets; takes the place of one of our own')
            [CompletionResult]::new('--user-agent', '--user-agent', [CompletionResultType]::ParameterName, 'Send this as User-Agent')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON, one document per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('--unsigned', '--unsigned', [CompletionResultType]::ParameterName, 'Leave the request''s signature out')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Print the status line and the headers before the body')
            [CompletionResult]::new('--include', '--include', [CompletionResultType]::ParameterName, 'Print the status line and the headers before the body')
            [CompletionResult]::new('--allow-private', '--allow-private', [CompletionResultType]::ParameterName, 'Fetch keys from private addresses too, not from public ones only')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Take any certificate')
            [CompletionResult]::new('--allow-http', '--allow-http', [CompletionResultType]::ParameterName, 'Speak plain HTTP to other machines too, not to this one only')
            [CompletionResult]::new('--timings', '--timings', [CompletionResultType]::ParameterName, 'Tell how long each stage took: DNS, TCP, proxy, TLS, first byte, total')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'versia-cli;serve' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Listen at this address; port 0 takes a free one')
            [CompletionResult]::new('--domain', '--domain', [CompletionResultType]::ParameterName, 'The instance''s domain, instead of the identity''s')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'A user whom WebFinger finds; repeat it for several')
            [CompletionResult]::new('--max-body', '--max-body', [CompletionResultType]::ParameterName, 'The largest body or message')
            [CompletionResult]::new('--fault', '--fault', [CompletionResultType]::ParameterName, 'Do something wrong on purpose: ''NAME[=VALUE] [for=COUNT] [path=PREFIX]''; repeat it for several')
            [CompletionResult]::new('--cert', '--cert', [CompletionResultType]::ParameterName, 'Speak TLS with this certificate chain, in PEM')
            [CompletionResult]::new('--key-file', '--key-file', [CompletionResultType]::ParameterName, 'The certificate''s private key, in PEM')
            [CompletionResult]::new('--expect', '--expect', [CompletionResultType]::ParameterName, 'End when deliveries of this type came and verified')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'How many of them')
            [CompletionResult]::new('--for', '--for', [CompletionResultType]::ParameterName, 'End after this time, such as 10s')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'Sign as this identity of the store [env: VERSIA_AS]')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Sign with the private key in this file, or `-` [env: VERSIA_KEY (the key), VERSIA_KEY_FILE (a path)]')
            [CompletionResult]::new('--signed-by', '--signed-by', [CompletionResultType]::ParameterName, 'The domain to sign for, instead of the identity''s [env: VERSIA_SIGNED_BY]')
            [CompletionResult]::new('--peer', '--peer', [CompletionResultType]::ParameterName, 'The instance of this domain is at that address; its key is fetched from there')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The limit for a whole exchange; 0 is none')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'The limit for connecting: resolving, TCP and TLS together')
            [CompletionResult]::new('--resolve', '--resolve', [CompletionResultType]::ParameterName, 'Connect to this address for that host and port; an IPv6 address stands in brackets')
            [CompletionResult]::new('--cacert', '--cacert', [CompletionResultType]::ParameterName, 'Trust the authorities in this PEM file instead of the machine''s own')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Send everything through this HTTP proxy, loopback included; else *_PROXY and NO_PROXY decide')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Send this header, or those in a file, for secrets; takes the place of one of our own')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Send this header, or those in a file, for secrets; takes the place of one of our own')
            [CompletionResult]::new('--user-agent', '--user-agent', [CompletionResultType]::ParameterName, 'Send this as User-Agent')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON, one document per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('--reject', '--reject', [CompletionResultType]::ParameterName, 'Answer 401 to what is not rightly signed and 422 to what is stale or no entity')
            [CompletionResult]::new('--no-receipts', '--no-receipts', [CompletionResultType]::ParameterName, 'Send no receipts over WebSocket, whatever the client offers')
            [CompletionResult]::new('--with-secrets', '--with-secrets', [CompletionResultType]::ParameterName, 'Show credentials and cookies in records, instead of hiding their values')
            [CompletionResult]::new('--tls', '--tls', [CompletionResultType]::ParameterName, 'Speak TLS, with a certificate of a local authority that is made once')
            [CompletionResult]::new('--allow-private', '--allow-private', [CompletionResultType]::ParameterName, 'Fetch keys from private addresses too, not from public ones only')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Take any certificate')
            [CompletionResult]::new('--allow-http', '--allow-http', [CompletionResultType]::ParameterName, 'Speak plain HTTP to other machines too, not to this one only')
            [CompletionResult]::new('--timings', '--timings', [CompletionResultType]::ParameterName, 'Tell how long each stage took: DNS, TCP, proxy, TLS, first byte, total')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'versia-cli;explain' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON, one document per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('--list', '--list', [CompletionResultType]::ParameterName, 'List every code with its title')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'versia-cli;demo' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON, one document per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'versia-cli;completions' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Write the completions for every shell to this folder')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON, one document per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'versia-cli;man' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Write every page to this folder')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON, one document per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes, hints and warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
