// A second opinion on signatures: the signed string and Ed25519 as this runtime has them, sharing no code with the
// program. Reads one JSON document from standard input and prints one line.
//
//   node webcrypto.mjs sign     {private_key, method, path, signed_at, body}             -> the signature in base64
//   node webcrypto.mjs verify   {public_key, method, path, signed_at, body, signature}   -> true or false
import { createHash, webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";

const input = JSON.parse(readFileSync(0, "utf8"));
const bytes = (base64) => Buffer.from(base64, "base64");
const digest = createHash("sha256").update(input.body, "utf8").digest("base64");
const string = Buffer.from(`${input.method.toLowerCase()} ${input.path} ${input.signed_at} ${digest}`, "utf8");

const { subtle } = webcrypto;
if (process.argv[2] === "sign") {
  const key = await subtle.importKey("pkcs8", bytes(input.private_key), "Ed25519", false, ["sign"]);
  console.log(Buffer.from(await subtle.sign("Ed25519", key, string)).toString("base64"));
} else {
  const key = await subtle.importKey("spki", bytes(input.public_key), "Ed25519", false, ["verify"]);
  console.log(await subtle.verify("Ed25519", key, bytes(input.signature), string));
}
