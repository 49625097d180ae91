//! Implementations of Ed25519 that are not ours sign what `verify` accepts, and verify what `sign` made.

use serde_json::{Value, json};

use crate::fixture::{SPEC_KEY, Sandbox, root};

const PATH: &str = "/.versia/v0.6/inbox";
const AT: &str = "1729243417";
const BODIES: [&str; 4] = ["", "{}", "{\"content\":\"café ☃ 😀\"}", "[1,\r\n2,\n3] "];

fn webcrypto(sandbox: &Sandbox, action: &str, input: &Value) -> String {
    let script = root().join("tests/second-opinion/webcrypto.mjs");
    let line = format!("node --no-warnings {} {action}", script.display());
    sandbox.sh_with(&line, input.to_string().as_bytes()).code(0).out().trim().to_owned()
}

fn public_key(sandbox: &Sandbox) -> String {
    sandbox.sh("versia-cli key bob.key --to spki-base64").code(0).out().trim().to_owned()
}

#[test]
fn webcrypto_verifies_what_sign_made_and_refuses_it_tampered() {
    let sandbox = Sandbox::with_bob();
    let public_key = public_key(&sandbox);
    for method in ["POST", "GET"] {
        for body in BODIES {
            let line = format!("versia-cli sign {method} {PATH} --body - --at {AT} --as bob -q");
            let signed = sandbox.sh_with(&line, body.as_bytes());
            let signature =
                signed.code(0).out().lines().next().unwrap().strip_prefix("Versia-Signature: ").unwrap();
            let input = |body: &str| {
                json!({"public_key": public_key, "method": method, "path": PATH, "signed_at": AT, "body": body,
                       "signature": signature})
            };
            assert_eq!(webcrypto(&sandbox, "verify", &input(body)), "true");
            assert_eq!(webcrypto(&sandbox, "verify", &input(&format!("{body} "))), "false");
        }
    }
}

#[test]
fn verify_accepts_what_webcrypto_signed() {
    let sandbox = Sandbox::with_bob();
    for body in BODIES {
        let input =
            json!({"private_key": SPEC_KEY, "method": "POST", "path": PATH, "signed_at": AT, "body": body});
        let signature = webcrypto(&sandbox, "sign", &input);
        let message = format!(
            "POST {PATH} HTTP/1.1\r\nVersia-Signature: {signature}\r\nVersia-Signed-By: bob.com\r\n\
             Versia-Signed-At: {AT}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        sandbox.sh_with(&format!("versia-cli verify --as bob --as-of {AT}"), message.as_bytes()).code(0);
        let tampered = message.replace("inbox", "outbox");
        sandbox.sh_with(&format!("versia-cli verify --as bob --as-of {AT}"), tampered.as_bytes()).code(1);
    }
}

#[test]
fn openssl_verifies_what_sign_made() {
    let sandbox = Sandbox::with_bob();
    let script = format!(
        "printf '{{}}' > body
         versia-cli sign POST {PATH} --body body --at {AT} --as bob | sed -n 's/^Versia-Signature: //p' | base64 -d > signature
         printf 'post {PATH} {AT} %s' \"$(openssl dgst -sha256 -binary body | base64)\" > string
         versia-cli key bob.key --public --to pem --out public.pem
         openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in string -sigfile signature"
    );
    let ended = sandbox.sh(&script);
    assert!(ended.code(0).out().contains("Verified Successfully"), "{}", ended.out());
}

#[test]
fn verify_accepts_what_openssl_signed_with_a_key_it_made() {
    let sandbox = Sandbox::new();
    let script = format!(
        "openssl genpkey -algorithm ed25519 -out key.pem && openssl pkey -in key.pem -pubout -out public.pem
         printf '{{}}' > body
         printf 'post {PATH} {AT} %s' \"$(openssl dgst -sha256 -binary body | base64)\" > string
         signature=$(openssl pkeyutl -sign -inkey key.pem -rawin -in string | base64 -w0)
         versia-cli verify --method POST --path {PATH} --body body --signature \"$signature\" --signed-at {AT} \\
             --signed-by a.example --public-key public.pem --as-of {AT}"
    );
    sandbox.sh(&script).code(0);
}
