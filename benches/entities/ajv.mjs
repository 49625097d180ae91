// Parses and validates every line of a file with ajv's compiled code.
// Usage: node ajv.mjs AJV_MODULE SCHEMA_FILE LINES_FILE
import { readFileSync } from "node:fs";

const [module, schema, lines] = process.argv.slice(2);
const { default: exported } = await import(module);
const Ajv = exported.default ?? exported;
const validate = new Ajv({ strict: false, validateFormats: false }).compile(JSON.parse(readFileSync(schema, "utf8")));
const bytes = readFileSync(lines);
let invalid = 0;
for (let start = 0, end; (end = bytes.indexOf(10, start)) !== -1; start = end + 1) {
  if (!validate(JSON.parse(bytes.toString("utf8", start, end)))) invalid += 1;
}
process.exit(invalid === 0 ? 0 : 1);
