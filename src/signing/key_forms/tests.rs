use super::*;

/// The key of the worked example in the documents.
const SPEC_KEY: &str = "MC4CAQAwBQYDK2VwBCIEILrNXhbWxC/MhKQDsJOAAF1FH/R+Am5G/eZKnqNum5ro";

fn secret() -> SecretKey {
    read_key(SPEC_KEY.as_bytes()).unwrap().into_secret().unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn every_private_form_gives_the_same_key() {
    let key = secret();
    let seed = key.seed();
    let pair: Vec<u8> = seed.iter().chain(key.public().as_bytes()).copied().collect();
    let mut with_public = vec![0x30, 0x51, 0x02, 0x01, 0x01, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70];
    with_public.extend([0x04, 0x22, 0x04, 0x20]);
    with_public.extend(seed.iter());
    with_public.extend([0x81, 0x21, 0x00]);
    with_public.extend(key.public().as_bytes());
    let pem = key.to_pem();
    for (form, text) in [
        (KeyForm::Pkcs8Base64, key.to_pkcs8_base64().as_bytes().to_vec()),
        (KeyForm::Pkcs8Base64, format!("\"{SPEC_KEY}\"\n").into_bytes()),
        (KeyForm::Pkcs8WithPublicBase64, STANDARD.encode(&with_public).into_bytes()),
        (KeyForm::Pkcs8Der, with_public.clone()),
        (KeyForm::Pkcs8Der, STANDARD.decode(SPEC_KEY).unwrap()),
        (KeyForm::Pkcs8Pem, pem.as_bytes().to_vec()),
        (KeyForm::Pkcs8Pem, pem.replace('\n', "  \r\n").into_bytes()),
        (KeyForm::Pkcs8Pem, pem.replace('\n', "\\n").into_bytes()),
        (KeyForm::Pkcs8Pem, pem.replace('\n', " ").into_bytes()),
        (KeyForm::RawBase64, STANDARD.encode(*seed).into_bytes()),
        (KeyForm::RawBase64, URL_SAFE.encode(*seed).trim_end_matches('=').as_bytes().to_vec()),
        (KeyForm::RawHex, hex(&*seed).into_bytes()),
        (KeyForm::RawHex, hex(&*seed).to_uppercase().into_bytes()),
        (KeyForm::RawBinary, seed.to_vec()),
        (KeyForm::SeedAndPublicBase64, STANDARD.encode(&pair).into_bytes()),
        (KeyForm::SeedAndPublicHex, hex(&pair).into_bytes()),
        (KeyForm::SeedAndPublicBinary, pair.clone()),
        (KeyForm::JwkPrivate, key.to_jwk().as_bytes().to_vec()),
    ] {
        let found = read_key(&text).unwrap_or_else(|error| panic!("{form:?}: {error}"));
        assert_eq!(found.form, form);
        assert_eq!(found.into_secret().map(|key| key.public()), Some(key.public()), "{form:?}");
    }
}

#[test]
fn every_public_form_gives_the_same_key() {
    let key = secret().public();
    let spki = key.to_spki_base64();
    let mut openssh = b"\0\0\0\x0bssh-ed25519\0\0\0\x20".to_vec();
    openssh.extend(key.as_bytes());
    let metadata = format!(
        r#"{{"type":"InstanceMetadata","domain":"bob.com","public_key":{{"algorithm":"ed25519","key":"{spki}"}}}}"#
    );
    for (form, text) in [
        (KeyForm::SpkiBase64, spki.clone().into_bytes()),
        (KeyForm::SpkiDer, STANDARD.decode(&spki).unwrap()),
        (KeyForm::SpkiPem, key.to_pem().into_bytes()),
        (KeyForm::RawHex, hex(key.as_bytes()).into_bytes()),
        (KeyForm::JwkPublic, key.to_jwk().into_bytes()),
        (KeyForm::OpenSshPublic, format!("ssh-ed25519 {} me@host", STANDARD.encode(&openssh)).into_bytes()),
        (KeyForm::InstanceMetadata, metadata.into_bytes()),
    ] {
        let found = read_key(&text).unwrap_or_else(|error| panic!("{form:?}: {error}"));
        assert_eq!((found.form, found.public_key()), (form, Some(key)));
    }
}

#[test]
fn wrong_forms_are_named() {
    let key = secret();
    let rsa = "MCwwDQYJKoZIhvcNAQEBBQADGwAwGAIRAMk1m0Yp2z3qD2XnJcV1n3cCAwEAAQ==";
    let x25519 = "MCowBQYDK2VuAyEATjtEvsyFuntxcgJ0EtAriR6Kbc5KhtuBzebOpMhxk9I=";
    let mut pair: Vec<u8> = key.seed().iter().chain(key.public().as_bytes()).copied().collect();
    pair[63] ^= 1;
    let pair = STANDARD.encode(&pair);
    let jwk = key.to_jwk();
    let leaked = format!(r#"{{"public_key":{{"key":"{SPEC_KEY}"}}}}"#);
    for (text, says) in [
        ("", "empty"),
        (" \n", "empty"),
        ("not a key at all!", "neither base64 nor hex"),
        (&SPEC_KEY[..60], "decodes to 45 bytes"),
        (rsa, "RSA public key"),
        (x25519, "X25519 public key"),
        (&pair, "second half is not the public key"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA me@host", "a public key of 0 bytes, where Ed25519 has 32"),
        ("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC me@host", "another kind than Ed25519"),
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----",
            "OpenSSH private key",
        ),
        ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----", "passphrase"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "a certificate"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----",
            "PEM of type RSA PRIVATE KEY",
        ),
        ("-----BEGIN PRIVATE KEY-----\nMC4CAQ", "cut off"),
        ("{\"kty\":\"RSA\"}", "JWK of type RSA"),
        (&jwk.replace("\"x\":\"", "\"x\":\"AAAA"), "35 bytes"),
        ("{\"a\":1}", "neither a JWK nor"),
        ("{\"a\":", "begins like JSON"),
        (&leaked, "publishes a private key"),
        ("https://b.example", "an address"),
        ("AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "weak"),
        ("MCowBQYDK2VwAyEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "weak"),
    ] {
        let error = read_key(text.as_bytes()).expect_err(text);
        assert!(error.to_string().contains(says), "{text}: {error}");
    }
}

#[test]
fn no_error_quotes_the_key() {
    for end in 1..SPEC_KEY.len() {
        let text = &SPEC_KEY[..end];
        if let Err(error) = read_key(text.as_bytes()) {
            let said = format!("{error} {error:?}");
            assert!(end < 12 || !said.contains(text), "{said}");
            for header in ["-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY----- "] {
                let said = read_key(format!("{header}{text}").as_bytes()).expect_err(text).to_string();
                assert!(end < 12 || !said.contains(&text[..12]), "{said}");
            }
        }
    }
}

#[test]
fn a_key_within_metadata_in_another_form_than_the_documents_is_remarked() {
    let key = secret().public();
    let within = |text: &str| {
        let document = format!(r#"{{"public_key":{{"algorithm":"ed25519","key":"{text}"}}}}"#);
        read_key(document.as_bytes()).unwrap().unusual_inner
    };
    assert_eq!(within(&key.to_spki_base64()), None);
    assert_eq!(within(&hex(key.as_bytes())), Some(KeyForm::RawHex));
    assert_eq!(within(&key.to_pem().replace('\n', "\\n")), Some(KeyForm::SpkiPem));
}

#[test]
fn a_private_key_does_not_show_itself() {
    let key = secret();
    let shown = format!("{:?} {:?}", key, read_key(SPEC_KEY.as_bytes()).unwrap());
    assert!(!shown.contains(&hex(&*key.seed())[..8]) && !shown.contains("186, 205"), "{shown}");
    assert!(shown.contains(&key.public().fingerprint()));
}
