use super::*;
use crate::protocol::record::Request;

fn request(command: &str) -> Request {
    request_with(command, |path| match path {
        "body.json" => Ok(b"a\r\nb\0 c\n".to_vec()),
        "-" => Ok(b"typed\n".to_vec()),
        _ => Err("no such file".to_owned()),
    })
    .unwrap()
}

fn request_with(
    command: &str,
    load: impl FnMut(&str) -> Result<Vec<u8>, String>,
) -> Result<Request, CurlError> {
    Ok(read(command)?.into_record(load)?.request.unwrap())
}

fn error(command: &str) -> CurlError {
    request_with(command, |_| Err("no such file".to_owned())).unwrap_err()
}

fn body(command: &str) -> String {
    request(command).body.as_text().unwrap().to_owned()
}

fn headers(command: &str) -> Vec<String> {
    let headers = request(command).headers.unwrap();
    headers.iter().map(|(name, value)| format!("{name}: {}", value.as_text().unwrap())).collect()
}

#[test]
fn a_copy_from_the_dev_tools_is_read() {
    let command = "$ curl 'https://b.example/.versia/v0.6/inbox?x=1' \\\n  -X 'POST' \\\r\n  -H 'accept: */*' \\\n  -H $'x-odd: it\\'s' \\\n  --data-raw $'{\"a\":\"\\u0021\\n\"}' \\\n  --compressed ;";
    let request = request(command);
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/.versia/v0.6/inbox?x=1"));
    assert_eq!(request.body, "{\"a\":\"!\n\"}".into());
    assert_eq!(
        headers(command),
        ["Host: b.example", "accept: */*", "x-odd: it's", "Content-Type: application/x-www-form-urlencoded"]
    );
}

#[test]
fn words_are_split_as_a_shell_does() {
    for (data, expected) in [
        (r"a\ b\'c", "a b'c"),
        (r#""a\$b\`c\"d\\e\nf 'g'""#, r#"a$b`c"d\e\nf 'g'"#),
        ("'a'\"b\"c\\d", "abcd"),
        ("\"a\\\nb\"", "ab"),
        (r"$'\x41\101\t\\\'\u00e9\U0001f600\q\cA\e'", "A A\t\\'é😀\\q\u{1}\u{1b}"),
        (r"$'\xg\x4g\1234'", "\\xg\u{4}gS4"),
        (r"$'a\0b'c", "ac"),
        ("$\"a\"", "a"),
        ("a$", "a$"),
        ("'$HOME `x`'", "$HOME `x`"),
        ("''", ""),
        ("a*?#~", "a*?#~"),
    ] {
        let expected = expected.replace("A A", "AA");
        assert_eq!(body(&format!("curl b.example -d {data}")), expected, "{data}");
    }
    assert_eq!(request(r"curl b.example --data-raw $'\xff\ud83d'").body, Bytes(vec![0xff, 0xed, 0xa0, 0xbd]));
}

#[test]
fn what_only_a_shell_knows_is_named() {
    for (command, found) in [
        ("curl b.example -H \"X: $TOKEN-x\"", "$TOKEN"),
        ("curl https://${HOST}/x", "${HOST}"),
        ("curl b.example -d \"$(cat x)\"", "$(…)"),
        ("curl b.example -d `cat x`", "`…`"),
        ("curl b.example -d $1", "$1"),
    ] {
        assert_eq!(error(command), CurlError::Expansion(found.to_owned()));
    }
    assert_eq!(error("curl 'b.example"), CurlError::Unclosed('\''));
    assert_eq!(error("curl \"b.example"), CurlError::Unclosed('"'));
    assert_eq!(error("curl $'b.example\\'"), CurlError::Unclosed('\''));
    assert_eq!(error("curl b.example -d @- <<EOF\n{}\nEOF"), CurlError::HereDocument);
}

#[test]
fn operators_end_the_command() {
    for end in [
        "| jq '.a' \"$X\"",
        "> out.json",
        "2>/dev/null",
        "&& echo done",
        "; ls",
        "&",
        "|| exit 1",
        "\necho $X",
    ] {
        assert_eq!(request(&format!("curl b.example/x {end}")).target, "/x", "{end}");
    }
    assert_eq!(error("curl b.example ;\ncurl c.example"), CurlError::SeveralCommands);
    assert_eq!(error("curl b.example && curl c.example"), CurlError::SeveralCommands);
    assert_eq!(error("wget b.example"), CurlError::NotCurl("\"wget\"".to_owned()));
    assert_eq!(error(""), CurlError::NotCurl("\"\"".to_owned()));
}

#[test]
fn data_is_what_curl_makes_of_it() {
    for (flags, expected) in [
        ("-d a=1 --data b=2 --data-ascii c", "a=1&b=2&c"),
        ("-d '' -d x", "&x"),
        ("-d @body.json", "ab c"),
        ("--data-binary @body.json", "a\r\nb\0 c\n"),
        ("--data-raw @body.json", "@body.json"),
        ("-d 'a\nb\r\n'", "a\nb\r\n"),
        ("--json '{\"a\":1}' --json '{\"b\":2}'", "{\"a\":1}{\"b\":2}"),
        ("-d x --json y -d z", "xy&z"),
        ("--json @body.json", "a\r\nb\0 c\n"),
        ("--data-urlencode 'a b&c' --data-urlencode 'n=é' --data-urlencode '=~*'", "a+b%26c&n=%C3%A9&~%2A"),
        ("--data-urlencode f@body.json --data-urlencode @body.json", "f=a%0D%0Ab%00+c%0A&a%0D%0Ab%00+c%0A"),
        ("-T body.json", "a\r\nb\0 c\n"),
        ("-d @-", "typed"),
        ("--data-binary @- < body.json", "a\r\nb\0 c\n"),
    ] {
        assert_eq!(body(&format!("curl b.example {flags}")), expected, "{flags}");
    }
    assert!(matches!(error("curl b.example -d @nowhere"), CurlError::Load { .. }));
}

#[test]
fn standard_input_is_known_where_the_text_has_it() {
    for (pipe, expected) in [
        ("printf %s AGH/ | base64 -d |", &b"\0a\xff"[..]),
        ("printf '%s' 'AGH/' | base64 --decode |\n ", b"\0a\xff"),
        ("echo AGH/ | base64 -D |", b"\0a\xff"),
        ("echo -n '{}' |", b"{}"),
        ("echo '{}' |", b"{}\n"),
        ("cat body.json |", b"a\r\nb\0 c\n"),
    ] {
        let command = format!("{pipe} curl b.example --data-binary @-");
        assert!(looks_like(command.as_bytes()), "{command}");
        assert_eq!(request(&command).body.0, expected, "{command}");
    }
    assert_eq!(error("jq . x | curl b.example -d @-"), CurlError::Pipe("\"jq\"".to_owned()));
    assert_eq!(error("cat x | gzip | curl b.example -d @-"), CurlError::Pipe("\"gzip\"".to_owned()));
    assert_eq!(error("printf %s '*' | base64 -d | curl b.example -d @-"), CurlError::BadBase64);
}

#[test]
fn the_method_is_the_given_or_the_implied_one() {
    for (flags, method) in [
        ("", "GET"),
        ("-d x", "POST"),
        ("--json {}", "POST"),
        ("-I", "HEAD"),
        ("-T body.json", "PUT"),
        ("-G -d x", "GET"),
        ("-G -d x -I", "HEAD"),
        ("-XPATCH -d x", "PATCH"),
        ("-sSX DELETE", "DELETE"),
        ("--request post", "post"),
        ("--request=PUT", "PUT"),
    ] {
        assert_eq!(request(&format!("curl {flags} b.example")).method, method, "{flags}");
    }
    assert_eq!(error("curl -I -d x b.example"), CurlError::Conflict("--head", "data"));
}

#[test]
fn flags_without_meaning_here_are_passed_over() {
    let command = "curl -sSiLkfv# --compressed --http2 -o out -w '%{http_code}' -m 5 --max-time 5 --connect-timeout 5 \
        --resolve b.example:443:127.0.0.1 --cacert c --cert d --key e -x p --proxy p --retry 3 --interface lo \
        --ciphers z --tls-max 1.3 --no-progress-meter --no-buffer -oout -- b.example/x";
    assert_eq!(request(command).target, "/x");
    assert_eq!(error("curl b.example --frobnicate"), CurlError::UnknownFlag("--frobnicate".to_owned()));
    assert_eq!(error("curl b.example -s$'\\xff'"), CurlError::UnknownFlag("-\u{fffd}".to_owned()));
    assert_eq!(error("curl b.example --data"), CurlError::MissingValue("--data".to_owned()));
    assert_eq!(error("curl b.example -sH"), CurlError::MissingValue("-H".to_owned()));
    for flag in ["-F a=b", "--form-string a=b", "-K x", "-H @x", "--next", "-:", "--url-query a"] {
        let error = error(&format!("curl b.example {flag}"));
        let name = flag.split(' ').next().unwrap();
        assert!(matches!(&error, CurlError::Unsupported { flag, .. } if flag == name), "{error}");
        assert!(error.hint().is_some());
    }
}

#[test]
fn headers_are_those_that_flags_ask_for() {
    for (flags, expected) in [
        (
            "-H 'X-E;' -H 'X-F:' -H 'X-G:   v  ' -H ignored -H 'Q;a' -H 'S: ;' -H 'x-g: 2'",
            "Host: b.example|X-E: |X-G: v|S: ;|x-g: 2",
        ),
        ("-H 'X: 1' -H 'hOst: c'", "hOst: c|X: 1"),
        ("-H Host:", ""),
        ("-H 'Host;'", "Host: "),
        (
            "-u me:pw -e 'r;auto' -A ua -b a=1 -b 'b=2' -b jar -r 0-5",
            "Host: b.example|Authorization: Basic bWU6cHc=|Range: bytes=0-5|User-Agent: ua|Referer: r|Cookie: a=1;b=2",
        ),
        ("-A ua -H 'user-agent: y'", "Host: b.example|user-agent: y"),
        ("-A '' --oauth2-bearer t", "Host: b.example|Authorization: Bearer t"),
        ("-d x -H 'X: 1'", "Host: b.example|X: 1|Content-Type: application/x-www-form-urlencoded"),
        ("-d x -H content-type:", "Host: b.example"),
        ("-d x -H 'content-type;'", "Host: b.example|content-type: "),
        (
            "--json {} -H 'X: 1'",
            "Host: b.example|X: 1|Content-Type: application/json|Accept: application/json",
        ),
        ("--json {} -H 'content-type: a'", "Host: b.example|content-type: a|Accept: application/json"),
        ("-T body.json", "Host: b.example"),
    ] {
        let found = headers(&format!("curl b.example/x {flags}")).join("|");
        assert_eq!(found, expected, "{flags}");
    }
    assert_eq!(
        headers("curl http://me%40x:p%3aw@b.example:80/"),
        ["Host: b.example", "Authorization: Basic bWVAeDpwOnc="]
    );
}

#[test]
fn the_target_is_the_one_that_curl_sends() {
    for (arguments, expected) in [
        ("https://b.example", "/"),
        ("https://b.example?x=1", "/?x=1"),
        ("b.example/x#f?g", "/x"),
        ("https://b.example/a/../b/./c", "/b/c"),
        ("--path-as-is https://b.example/a/../b/./c", "/a/../b/./c"),
        ("https://b.example/a/..", "/"),
        ("https://b.example/../..", "/"),
        ("https://b.example/a/./", "/a/"),
        ("https://b.example/a/b/..../c/..x/.y/.", "/a/b/..../c/..x/.y/"),
        ("https://b.example/%7e/a//b/../../c", "/%7e/a/c"),
        ("https://b.example//x//", "//x//"),
        ("https://b.example/..%2f../x", "/..%2f../x"),
        ("https://b.example/a/%2e%2e/b", "/a/%2e%2e/b"),
        ("'https://b.example/a/..?x=/../y'", "/?x=/../y"),
        ("'https://b.example/é?q=é#f'", "/%c3%a9?q=é"),
        ("https://b.example/%zz%", "/%zz%"),
        ("-g 'http://b.example/{a,b}[1]'", "/{a,b}[1]"),
        ("http://[::1]:3000/x", "/x"),
        ("-G -d a=1 -d b=2 'https://b.example/x?y=z'", "/x?y=z&a=1&b=2"),
        ("-G --data-urlencode 'a b' https://b.example/x#f", "/x?a+b"),
        ("-G https://b.example/x", "/x"),
        ("--request-target '*' https://b.example/x", "*"),
        ("-T 'body.json' https://b.example", "/body.json"),
        ("-T 'body.json' 'https://b.example/x/?y'", "/x/body.json?y"),
        ("-T 'body.json' https://b.example/x", "/x"),
    ] {
        assert_eq!(request(&format!("curl {arguments}")).target, expected, "{arguments}");
    }
    assert_eq!(headers("curl https://B.example:443/x"), ["Host: B.example"]);
    assert_eq!(headers("curl https://b.example:80/x"), ["Host: b.example:80"]);
}

#[test]
fn urls_that_curl_refuses_are_errors() {
    assert_eq!(error("curl -s"), CurlError::NoUrl);
    assert_eq!(error("curl a.example b.example"), CurlError::SeveralUrls);
    assert_eq!(error("curl a.example --url b.example"), CurlError::SeveralUrls);
    for url in ["'https://b.example/a b'", "ftp://b.example/", "https:///x", "''"] {
        assert!(matches!(error(&format!("curl {url}")), CurlError::BadUrl { .. }), "{url}");
    }
    for url in ["'http://b.example/{a}'", "'http://b.example/x[1-3]'", "'http://b.example/a]'"] {
        assert!(matches!(error(&format!("curl {url}")), CurlError::Glob(_)), "{url}");
    }
    assert!(matches!(error("curl -G -d 'a b' b.example"), CurlError::BadUrl { .. }));
    assert_eq!(error("curl $'http://b/\\xff'"), CurlError::NotText("the URL"));
}

#[test]
fn neither_errors_nor_debug_show_a_secret() {
    for command in [
        "curl 'https://user:s3cr3t@b.example /x'",
        "curl 'https://user:s3cr3t@b.example/{a}'",
        "curl 'https://b.example/{a}?token=s3cr3t'",
        "curl 'ftp://user:s3cr3t@b.example/'",
        "curl -G -d 'token=s3cr3t x' b.example",
        "curl b.example --oauth2-bearer=s3cr3t --frobnicate=s3cr3t",
    ] {
        let error = error(command);
        assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error}");
    }
    let command = read(
        "curl 'https://u:s3cr3t@b.example/x?s3cr3t' -H 'X-Key: s3cr3t' -b a=s3cr3t --oauth2-bearer s3cr3t -d s3cr3t \
         --request-target '/x?s3cr3t'",
    );
    let shown = format!("{:?}", command.unwrap());
    assert!(shown.contains("X-Key") && shown.contains("Authorization"), "{shown}");
    assert!(!shown.contains("s3cr3t"), "{shown}");
}

#[test]
fn curl_is_told_from_other_forms() {
    for text in ["curl x", "  $ curl \\\n x", "% curl\tx", "printf %s AA== | base64 -d | curl x"] {
        assert!(looks_like(text.as_bytes()), "{text}");
    }
    for text in ["", "curl", "curly x", "GET /curl", "printf x", "{\"curl \":1}"] {
        assert!(!looks_like(text.as_bytes()), "{text}");
    }
}

#[test]
fn a_command_is_read_with_what_was_copied_along() {
    for text in [
        "/usr/bin/curl b.example/x -d 1",
        "curl.exe b.example/x -d 1",
        "C:\\Windows\\curl.exe b.example/x -d 1",
        "sudo curl b.example/x -d 1",
        "FOO=1 BAR=/x curl b.example/x -d 1",
        "env FOO=1 curl b.example/x -d 1",
        "# curl posts a note\n\n#again\ncurl b.example/x -d 1",
        "#!/bin/sh\nprintf %s MQ== | base64 -d | curl b.example/x -d @-",
        "> curl b.example/x -d 1",
        "% FOO=1 curl b.example/x -d 1",
        "user@host:~$ curl b.example/x -d 1",
        "[user@host ~]# curl b.example/x -d 1",
        "PS C:\\Users\\me> curl.exe b.example/x -d 1",
        "$ cat body | curl b.example/x -d 1",
        "$ curl b.example/x \\\n> -d 1 \\\r\n> -v",
        "```sh\ncurl b.example/x -d 1\n```\n\ncurl is a program.",
        "~~~\n$ curl b.example/x -d 1\n~~~\n",
    ] {
        assert!(looks_like(text.as_bytes()), "{text}");
        let request = request(text);
        assert_eq!((request.target.as_str(), &request.body), ("/x", &"1".into()), "{text}");
    }
    assert_eq!(error("$ curl b.example\n$ curl c.example"), CurlError::SeveralCommands);
    assert_eq!(error("FOO=s3cr3t wget x"), CurlError::NotCurl("\"FOO…\"".to_owned()));
    assert_eq!(request("curl b.example/x \\\n> out").target, "/x");
    for text in ["# curl b.example", "# Title\n\ncurls x", "sudo rm x", "a@b> GET /", "> GET /curl HTTP/1.1"]
    {
        assert!(!looks_like(text.as_bytes()), "{text}");
    }
}

#[test]
fn other_copies_of_the_dev_tools_are_named() {
    for (text, name) in [
        ("curl ^\"https://b.example/x^\" ^\r\n  -H ^\"accept: */*^\"", "Copy as cURL (cmd)"),
        ("curl \"https://b.example/x\" ^\n  -H \"accept: */*\"", "Copy as cURL (cmd)"),
        ("C:\\> curl ^\"https://b.example/x^\"", "Copy as cURL (cmd)"),
        (
            "Invoke-WebRequest -UseBasicParsing -Uri \"https://b.example/x\" `\n-Method \"POST\"",
            "Copy as PowerShell",
        ),
        (
            "$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession\nInvoke-WebRequest",
            "Copy as PowerShell",
        ),
        ("fetch(\"https://b.example/x\", {\n  \"body\": null });", "Copy as fetch"),
        ("await fetch('https://b.example/x')", "Copy as fetch"),
    ] {
        assert!(looks_like(text.as_bytes()), "{text}");
        let error = error(text);
        assert_eq!(error, CurlError::OtherCopy(name));
        assert!(error.hint().unwrap().contains("Copy as cURL (bash)"));
    }
    assert_eq!(body("curl b.example -d '{\"a\": ^\"}'"), "{\"a\": ^\"}");
}

fn given(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Request {
    Request {
        method: method.to_owned(),
        target: target.to_owned(),
        headers: Some(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect()),
        body: Bytes(body.to_vec()),
        truncated: false,
        verdict: None,
    }
}

#[test]
fn what_is_written_is_read_again() {
    const HOST: (&str, &str) = ("Host", "b.example");
    const TYPE: (&str, &str) = ("Content-Type", "application/vnd.versia+json; charset=utf-8");
    for (url, request) in [
        ("/.versia/v0.6/inbox", given("POST", "/.versia/v0.6/inbox", &[HOST, TYPE], b"{\"a\":\"it's\"}\n")),
        ("/x", given("POST", "/x", &[HOST], b"@file\n\n")),
        ("/x", given("GET", "/x", &[HOST, ("X-Empty", ""), ("X-Quote", "'\\\"$x`!")], b"")),
        ("/x", given("HEAD", "/x", &[HOST], b"")),
        ("/x", given("GET", "/x", &[HOST], b"with a body")),
        ("/x", given("DELETE", "/x", &[HOST], b"")),
        ("/x", given("M-SEARCH", "/x", &[("host", "other.example")], b"")),
        ("/x", given("POST", "/x", &[HOST, TYPE], b"\0\xff\n")),
        ("/x", given("POST", "/x", &[HOST], &[b'x'; 200_000])),
        ("/a/../b?c#d", given("GET", "/a/../b?c", &[HOST], b"")),
        ("/a/%2E./b", given("GET", "/a/%2E./b", &[HOST], b"")),
        ("/{a}[1]", given("GET", "/{a}[1]", &[HOST], b"")),
        ("/é", given("GET", "/é", &[HOST], b"")),
        ("/a b", given("GET", "/a b", &[HOST], b"")),
        ("", given("GET", "/", &[HOST], b"")),
        ("?q", given("GET", "/?q", &[HOST], b"")),
    ] {
        let command = write(&format!("https://b.example{url}"), &request);
        assert_eq!(request_with(&command, |_| Err(String::new())).unwrap(), request, "{command}");
    }
}

#[test]
fn the_written_command_is_plain() {
    let request = given(
        "POST",
        "/.versia/v0.6/inbox",
        &[("Host", "b.example"), ("Versia-Signed-By", "a.example")],
        b"{}",
    );
    assert_eq!(
        write("https://b.example/.versia/v0.6/inbox", &request),
        "curl 'https://b.example/.versia/v0.6/inbox' \\\n  -H 'Versia-Signed-By: a.example' \\\n  -H 'Content-Type:' \\\n  --data-raw '{}'"
    );
    for (method, body, beginning) in [
        ("POST", &b""[..], "curl -X POST 'h"),
        ("POST", b"\0", "printf %s 'AA==' | base64 -d | curl 'h"),
        ("PUT", b"{}", "curl -X PUT 'h"),
        ("post", b"{}", "curl -X post 'h"),
    ] {
        let command = write("https://b.example/x", &given(method, "/x", &[], body));
        assert!(command.starts_with(beginning), "{command}");
    }
    let mut odd = given("GET", "/x", &[], b"");
    odd.headers = Some(vec![("X-Odd".to_owned(), Bytes(vec![0xff, b'a']))]);
    assert_eq!(
        write("https://b.example/x", &odd),
        "curl 'https://b.example/x' \\\n  -H 'X-Odd: '\"$(printf '\\377\\141')\""
    );
}

#[test]
fn no_text_makes_it_panic() {
    let samples = [
        "$ curl -sSXPOST 'https://u:p@b.example:443/a/../é?x[1]#f' -H 'X: 1' -H \"Y: \\\"z\" --data-raw $'\\u00e9\\x41\\101' \\\n --json @f -u a:b",
        "printf %s 'AGH/' | base64 -d | curl -G --data-urlencode a@f --data-urlencode 'é b' -T x/ b.example/%4 2>/dev/null && ls",
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap()
    };
    let attempt = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        let _ = looks_like(bytes);
        if let Ok(command) = read(&text) {
            let url = command.url.clone();
            if let Ok(record) = command.into_record(|path| Ok(path.as_bytes().to_vec())) {
                let _ = write(&url, &record.request.unwrap());
            }
        }
    };
    for sample in samples {
        let sample = sample.as_bytes();
        for end in 0..=sample.len() {
            attempt(&sample[..end]);
        }
        for _ in 0..3000 {
            let mut text = sample.to_vec();
            for _ in 0..=random() % 4 {
                let at = random() % text.len();
                text[at] = b"'\"\\$` \n|<>;&@%-:/?#[x\xc3"[random() % 22];
                if random() % 4 == 0 {
                    text.truncate(at + 1);
                }
            }
            attempt(&text);
        }
    }
}

#[test]
fn a_written_command_can_be_pasted_whatever_the_request_says() {
    let evil = "\u{1b}[201~\u{3}\u{9b}'x";
    let request = Request {
        method: evil.into(),
        target: format!("/{evil}"),
        headers: Some(vec![(evil.into(), "plain".into()), ("X".into(), evil.into())]),
        body: evil.into(),
        ..Request::default()
    };
    for url in [format!("https://b.example/{evil}"), "https://b.example/".into()] {
        let command = write(&url, &request);
        assert!(command.chars().all(|c| c == '\n' || !c.is_control()), "{command:?}");
    }
}
