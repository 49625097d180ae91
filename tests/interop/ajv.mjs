// Validates lines of JSON, {"type": …, "document": …}, with ajv and the schemas of a folder; prints what is wrong with each.
// Usage: node ajv.mjs AJV_MODULE SCHEMAS_FOLDER < LINES
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const [module, folder] = process.argv.slice(2);
const { default: exported } = await import(module);
const Ajv = exported.default ?? exported;
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
const validators = new Map(
  readdirSync(folder).map((name) => {
    const schema = JSON.parse(readFileSync(join(folder, name), "utf8"));
    return [schema.title, ajv.compile(schema)];
  }),
);
const answers = readFileSync(0, "utf8").trimEnd().split("\n").map((line) => {
  const { type, document } = JSON.parse(line);
  const validate = validators.get(type);
  validate(document);
  const errors = (validate.errors ?? []).filter(({ keyword }) => keyword !== "if" && keyword !== "propertyNames");
  return JSON.stringify(errors.map(({ instancePath, keyword }) => `${instancePath} ${keyword}`));
});
console.log(answers.join("\n"));
