//! The shared vectors: `sign` makes the same bytes, `verify` accepts them and refuses the broken ones.

use serde::Deserialize;

use crate::fixture::{Sandbox, root};

#[derive(Deserialize)]
struct Vector {
    name: String,
    kind: String,
    #[serde(default)]
    private_key_pkcs8: String,
    public_key_spki: String,
    method: String,
    target: String,
    body: String,
    signed_by: String,
    signed_at: String,
    #[serde(default)]
    string: String,
    signature: String,
    #[serde(default)]
    cause: String,
    #[serde(default)]
    headers: serde_json::Map<String, serde_json::Value>,
}

fn vectors(file: &str, count: usize) -> Vec<Vector> {
    let text = std::fs::read_to_string(root().join("tests/vectors").join(file)).unwrap();
    let vectors: Vec<Vector> = serde_json::from_str(&text).unwrap();
    assert_eq!(vectors.len(), count);
    vectors
}

/// Runs `verify` on the vector in parts.
fn verify(sandbox: &Sandbox, vector: &Vector, as_of: &str) -> crate::fixture::Ended {
    sandbox.file("body", &vector.body);
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let response = if vector.kind == "response" { "--response" } else { "" };
    sandbox.sh(&format!(
        "versia-cli verify --json --method {} --path {} --body body --signature {} --signed-at {} --signed-by {} \
         --public-key {} --as-of {as_of} {response}",
        quoted(&vector.method),
        quoted(&vector.target),
        quoted(&vector.signature),
        quoted(&vector.signed_at),
        quoted(&vector.signed_by),
        quoted(&vector.public_key_spki),
    ))
}

#[test]
fn sign_makes_the_same_bytes_and_verify_accepts_them() {
    let sandbox = Sandbox::new();
    for vector in vectors("signatures.json", 56) {
        sandbox.file("body", &vector.body);
        sandbox.file("key", &vector.private_key_pkcs8);
        let response = if vector.kind == "response" { "--response" } else { "" };
        let signed = sandbox.sh(&format!(
            "chmod 600 key; versia-cli sign {} '{}' --body body --key key --signed-by {} --at {} {response}",
            vector.method, vector.target, vector.signed_by, vector.signed_at
        ));
        let expected = format!(
            "Versia-Signature: {}\nVersia-Signed-By: {}\nVersia-Signed-At: {}\n",
            vector.signature, vector.signed_by, vector.signed_at
        );
        assert_eq!(signed.code(0).out(), expected, "{}", vector.name);

        let verified = verify(&sandbox, &vector, &vector.signed_at);
        let told: serde_json::Value = serde_json::from_str(verified.code(0).out()).unwrap();
        assert_eq!(told["signed_string"], vector.string.as_str(), "{}", vector.name);
        assert_eq!(told["verdict"]["signature"], "valid", "{}", vector.name);
    }
}

#[test]
fn verify_refuses_every_broken_one_even_with_the_time_ignored() {
    let sandbox = Sandbox::new();
    for vector in vectors("broken.json", 48) {
        let verified = verify(&sandbox, &vector, "ignore");
        let told: serde_json::Value = serde_json::from_str(verified.code(1).out()).unwrap();
        assert_eq!(told["verdict"]["signature"], "invalid", "{}", vector.name);
        let expected = match vector.cause.as_str() {
            "signature_base64url" => "VS104",
            "signature_hex" => "VS105",
            _ => "VS401",
        };
        assert_eq!(told["findings"][0]["code"], expected, "{} {}", vector.name, told);
    }
}

#[test]
fn headers_of_the_nonce_scheme_are_missing_and_named() {
    let sandbox = Sandbox::new();
    let mut seen = 0;
    for vector in vectors("broken.json", 48).into_iter().filter(|vector| !vector.headers.is_empty()) {
        let headers: String = vector
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {}\r\n", value.as_str().unwrap()))
            .collect();
        let message = format!(
            "{} {} HTTP/1.1\r\n{headers}Content-Length: {}\r\n\r\n{}",
            vector.method,
            vector.target,
            vector.body.len(),
            vector.body
        );
        sandbox.file("message", message);
        let verified =
            sandbox.sh(&format!("versia-cli verify message --json --public-key {}", vector.public_key_spki));
        let told: serde_json::Value = serde_json::from_str(verified.code(1).out()).unwrap();
        assert_eq!(
            told["verdict"]["codes"],
            serde_json::json!(["VS101", "VS601", "VS513", "VS481"]),
            "{}",
            vector.name
        );
        seen += 1;
    }
    assert_eq!(seen, 2);
}
