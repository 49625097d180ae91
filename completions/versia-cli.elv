
use builtin;
use str;

set edit:completion:arg-completer[versia-cli] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'versia-cli'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'versia-cli'= {
            cand --color 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected'
            cand --json 'Print results as JSON, one document per line'
            cand -q 'Leave out notes, hints and warnings'
            cand --quiet 'Leave out notes, hints and warnings'
            cand -v 'Tell more'
            cand --verbose 'Tell more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand keygen 'Make an Ed25519 key'
            cand key 'Say what a key is: private or public, in which form, with its public half and a fingerprint'
            cand identity 'List, show, add, choose and remove stored identities: a key and a domain under a name'
            cand sign 'Sign a request, the response to one (--response), or a WebSocket message (--ws)'
            cand verify 'Verify signatures: prints the signed string part by part, the verdict, and everything that is wrong, by code'
            cand explain 'Explain a code: what it means, why it happens, how to fix it, and the rule in the public documents'
            cand demo 'Show the whole in one minute: two identities, a Note signed by one and verified by the other, a tampered one refused'
            cand completions 'Print the completions for a shell'
            cand man 'Print a manual page, to be read with `man -l -`'
        }
        &'versia-cli;keygen'= {
            cand --color 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected'
            cand --out 'Write the private key to this file (mode 0600), or to standard output with `-`'
            cand --format 'How the file is written'
            cand --save 'Store the key under this name as an identity'
            cand --domain 'The domain that the identity signs for'
            cand --json 'Print results as JSON, one document per line'
            cand -q 'Leave out notes, hints and warnings'
            cand --quiet 'Leave out notes, hints and warnings'
            cand -v 'Tell more'
            cand --verbose 'Tell more'
            cand --force 'Replace a file or an identity that is there already'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'versia-cli;key'= {
            cand --color 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected'
            cand --to 'Print the key in this form instead'
            cand --out 'Write what was converted to this file (mode 0600), or to standard output with `-`'
            cand --timeout 'The limit for a whole exchange; 0 is none'
            cand --connect-timeout 'The limit for connecting: resolving, TCP and TLS together'
            cand --resolve 'Connect to this address for that host and port; an IPv6 address stands in brackets'
            cand --cacert 'Trust the authorities in this PEM file instead of the machine''s own'
            cand --proxy 'Send everything through this HTTP proxy, loopback included; else *_PROXY and NO_PROXY decide'
            cand -H 'Send this header, or those in a file, for secrets; takes the place of one of our own'
            cand --header 'Send this header, or those in a file, for secrets; takes the place of one of our own'
            cand --user-agent 'Send this as User-Agent'
            cand --json 'Print results as JSON, one document per line'
            cand -q 'Leave out notes, hints and warnings'
            cand --quiet 'Leave out notes, hints and warnings'
            cand -v 'Tell more'
            cand --verbose 'Tell more'
            cand --public 'Convert the public half, also of a private key'
            cand --force 'Replace the file if it is there already'
            cand --insecure 'Take any certificate'
            cand --allow-http 'Speak plain HTTP to other machines too, not to this one only'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'versia-cli;identity'= {
            cand --color 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected'
            cand --json 'Print results as JSON, one document per line'
            cand -q 'Leave out notes, hints and warnings'
            cand --quiet 'Leave out notes, hints and warnings'
            cand -v 'Tell more'
            cand --verbose 'Tell more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand list 'List all identities; the one in use is marked'
            cand show 'Show one identity: domain, public key, fingerprint; never the private key'
            cand add 'Add an identity with a key that exists already (`keygen --save` makes a new one)'
            cand use 'Sign as this identity when nothing else is said'
            cand remove 'Remove an identity and its key'
        }
        &'versia-cli;identity;list'= {
            cand --color 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected'
            cand --json 'Print results as JSON, one document per line'
            cand -q 'Leave out notes, hints and warnings'
            cand --quiet 'Leave out notes, hints and warnings'
            cand -v 'Tell more'
            cand --verbose 'Tell more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'versia-cli;identity;show'= {
            cand --color 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected'
            cand --json 'Print results as JSON, one document per line'
            cand -q 'Leave out notes, hints and warnings'
            cand --quiet 'Leave out notes, hints and warnings'
            cand -v 'Tell more'
            cand --verbose 'Tell more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'versia-cli;identity;add'= {
            cand --key 'The file with its private key, or `-`'
            cand --domain 'The domain that it signs for'
            cand --color 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected'
            cand --force 'Replace an identity that is there already'
            cand --json 'Print results as JSON, one document per line'
            cand -q 'Leave out notes, hints and warnings'
            cand --quiet 'Leave out notes, hints and warnings'
            cand -v 'Tell more'
            cand --verbose 'Tell more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'versia-cli;identity;use'= {
            cand --color 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected'
            cand --json 'Print results as JSON, one document per line'
            cand -q 'Leave out notes, hints and warnings'
            cand --quiet 'Leave out notes, hints and warnings'
            cand -v 'Tell more'
            cand --verbose 'Tell more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'versia-cli;identity;remove'= {
            cand --color 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected'
            cand --json 'Print results as JSON, one document per line'
            cand -q 'Leave out notes, hints and warnings'
            cand --quiet 'Leave out notes, hints and warnings'
            cand -v 'Tell more'
            cand --verbose 'Tell more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'versia-cli;sign'= {
            cand --color 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected'
            cand --body 'The body; without it, standard input where something is piped in and the method has a body'
            cand --at 'The time of signing in Unix seconds, instead of now'
            cand --format 'What to print; --json is --format json, --ws is --format ws'
            cand --as 'Sign as this identity of the store [env: VERSIA_AS]'
            cand --key 'Sign with the private key in this file, or `-` [env: VERSIA_KEY (the key), VERSIA_KEY_FILE (a path)]'
            cand --signed-by 'The domain to sign for, instead of the identity''s [env: VERSIA_SIGNED_BY]'
            cand --json 'Print results as JSON, one document per line'
            cand -q 'Leave out notes, hints and warnings'
            cand --quiet 'Leave out notes, hints and warnings'
            cand -v 'Tell more'
            cand --verbose 'Tell more'
            cand --response 'Sign the response to this request: the body is the response''s'
            cand --ws 'Sign a message of the WebSocket extension: as a POST to the inbox'
            cand --ndjson 'Sign a stream: each line of the body is a body of its own, or a record with its own method and target'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'versia-cli;verify'= {
            cand --color 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected'
            cand --method 'The request''s method'
            cand --path 'The request''s path, as written on the wire; in place of the input''s own, where there is an input'
            cand --signature 'The value of Versia-Signature'
            cand --signed-at 'The value of Versia-Signed-At'
            cand --signed-by 'The value of Versia-Signed-By'
            cand --body 'The body: a file, or `-`'
            cand --only 'Verify only the request or the response, where both are there'
            cand --public-key 'The signer''s public key: a file in any form that `key` reads, `-`, or its base64'
            cand --metadata 'The signer''s InstanceMetadata document; repeat it for several signers'
            cand --as 'The key of this stored identity; by default, the one that has the signer''s domain'
            cand --as-of 'The moment to verify as of: an RFC 3339 time, Unix seconds, `now`, `ignore`, or `own`, the default: the time that a record or a HAR entry gives, else now'
            cand --max-skew 'How far the time of signing may be off'
            cand --json 'Print results as JSON, one document per line'
            cand -q 'Leave out notes, hints and warnings'
            cand --quiet 'Leave out notes, hints and warnings'
            cand -v 'Tell more'
            cand --verbose 'Tell more'
            cand --response 'The parts are those of the response to this request'
            cand --ndjson 'Read the input as lines of JSON at once, without finding out first: each is answered as it comes'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'versia-cli;explain'= {
            cand --color 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected'
            cand --json 'Print results as JSON, one document per line'
            cand -q 'Leave out notes, hints and warnings'
            cand --quiet 'Leave out notes, hints and warnings'
            cand -v 'Tell more'
            cand --verbose 'Tell more'
            cand --list 'List every code with its title'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'versia-cli;demo'= {
            cand --color 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected'
            cand --json 'Print results as JSON, one document per line'
            cand -q 'Leave out notes, hints and warnings'
            cand --quiet 'Leave out notes, hints and warnings'
            cand -v 'Tell more'
            cand --verbose 'Tell more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'versia-cli;completions'= {
            cand --color 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected'
            cand --all 'Write the completions for every shell to this folder'
            cand --json 'Print results as JSON, one document per line'
            cand -q 'Leave out notes, hints and warnings'
            cand --quiet 'Leave out notes, hints and warnings'
            cand -v 'Tell more'
            cand --verbose 'Tell more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'versia-cli;man'= {
            cand --color 'When to use colour; NO_COLOR and CLICOLOR_FORCE are respected'
            cand --all 'Write every page to this folder'
            cand --json 'Print results as JSON, one document per line'
            cand -q 'Leave out notes, hints and warnings'
            cand --quiet 'Leave out notes, hints and warnings'
            cand -v 'Tell more'
            cand --verbose 'Tell more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
    ]
    $completions[$command]
}
