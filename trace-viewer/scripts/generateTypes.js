// docs/trace.schema.json → src/trace/schema.generated.ts (types) and schema.generated.json (the
// same schema without descriptions, which parseTrace checks files against);
// docs/course.schema.json → src/course/schema.generated.ts.
// `npm run types` writes both, `npm run types -- --check` fails when they are out of date.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { compile } from "json-schema-to-typescript";
import * as prettier from "prettier";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const SCHEMA = at("../../docs/trace.schema.json");
const TYPES = at("../src/trace/schema.generated.ts");
const COURSE_SCHEMA = at("../../docs/course.schema.json");
const COURSE_TYPES = at("../src/course/schema.generated.ts");
const COMPACT = at("../src/trace/schema.generated.json");

const kindOf = (definition) => {
  const kind = definition?.properties?.kind;
  return kind?.const ?? kind?.enum?.[0];
};
const refName = (node) => node?.$ref?.split("/").pop();

/** The unions Value and Rendering are anonymous in JSON Schema: find each by its members. */
function nameUnions(node, definitions, found) {
  if (Array.isArray(node)) return node.map((item) => nameUnions(item, definitions, found));
  if (node === null || typeof node !== "object") return node;
  if (Array.isArray(node.anyOf)) {
    const names = node.anyOf.flatMap((member) => member.anyOf ?? member).map(refName);
    const tagged = names.filter((name) => kindOf(definitions[name]) !== undefined);
    if (tagged.length > 1) {
      const union = tagged.some((name) => name.endsWith("Rendering")) ? "Rendering" : "Value";
      found[union] = tagged;
      return { $ref: `#/$defs/${union}` };
    }
  }
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, nameUnions(value, definitions, found)]),
  );
}

/** `Number`, `Object`… would hide TypeScript's own names: values are called NumberValue…. */
function renameValues(schema, names) {
  const renamed = (name) => (names.includes(name) ? `${name}Value` : name);
  const text = JSON.stringify(schema).replace(
    /"#\/\$defs\/(\w+)"/g,
    (_, name) => `"#/$defs/${renamed(name)}"`,
  );
  const result = JSON.parse(text);
  result.$defs = Object.fromEntries(
    Object.entries(result.$defs).map(([name, definition]) => {
      const title = renamed(name);
      return [title, definition.title ? { ...definition, title } : definition];
    }),
  );
  return result;
}

export function prepare(schema) {
  const found = {};
  const definitions = nameUnions(schema.$defs, schema.$defs, found);
  const references = (names) => names.map((name) => ({ $ref: `#/$defs/${name}` }));
  const value = {
    description: "A value of the lecture at one moment. The items of a plain list are Values too.",
    anyOf: [
      { type: "null" },
      { type: "boolean" },
      { type: "number" },
      { type: "string" },
      { type: "array", items: { $ref: "#/$defs/Value" } },
      ...references(found.Value),
    ],
  };
  const rendering = {
    description: "What a statement shows on purpose.",
    anyOf: references(found.Rendering),
  };
  const named = { $defs: { ...definitions, Value: value, Rendering: rendering } };
  return renameValues(named, found.Value);
}

function withoutDescriptions(node) {
  if (Array.isArray(node)) return node.map(withoutDescriptions);
  if (node === null || typeof node !== "object") return node;
  const dropped = new Set(["description", "title", "default"]);
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key, value]) => !(dropped.has(key) && typeof value !== "object"))
      .filter(([key, value]) => !(key === "default" && (value === null || Array.isArray(value))))
      .map(([key, value]) => [key, withoutDescriptions(value)]),
  );
}

/** The older spelling of tuples, and open objects, as json-schema-to-typescript wants them. */
function forTypes(node) {
  if (Array.isArray(node)) return node.map(forTypes);
  if (node === null || typeof node !== "object") return node;
  const { prefixItems, ...rest } = node;
  const result = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, forTypes(value)]),
  );
  if (prefixItems) result.items = forTypes(prefixItems);
  if (node.type === "object" && !node.properties) result.additionalProperties ??= true;
  return result;
}

/** json-schema-to-typescript names types by their title and only follows what the root refers to. */
async function typesOf(prepared) {
  const definitions = Object.fromEntries(
    Object.entries(prepared.$defs).map(([name, node]) => [
      name,
      { ...forTypes(node), title: name },
    ]),
  );
  const root = {
    title: "TraceSchema",
    type: "object",
    $defs: definitions,
    properties: {
      trace: { $ref: "#/$defs/Trace" },
      ...(definitions.Index ? { index: { $ref: "#/$defs/Index" } } : {}),
    },
    additionalProperties: false,
  };
  return compiled(root, "docs/trace.schema.json");
}

async function compiled(root, from) {
  const text = await compile(root, root.title, {
    bannerComment: `// Generated from ${from} by \`npm run types\`. Do not edit: change the engine's schema.`,
    additionalProperties: false,
    format: false,
  });
  return text.replace(/ \*\n \* This interface was referenced by[^/]*? \*\//g, " */");
}

/** The documents of the course are plain objects: no unions to be named. */
function courseTypesOf(schema) {
  const definitions = Object.entries(schema.$defs);
  const titled = definitions.map(([name, node]) => [name, { ...forTypes(node), title: name }]);
  return compiled(
    { ...forTypes(schema), $defs: Object.fromEntries(titled) },
    "docs/course.schema.json",
  );
}

async function main() {
  const schema = JSON.parse(await readFile(SCHEMA, "utf8"));
  const prepared = prepare(schema);
  const config = (await prettier.resolveConfig(TYPES)) ?? {};
  const courseSchema = JSON.parse(await readFile(COURSE_SCHEMA, "utf8"));
  const pretty = (text) => prettier.format(text, { ...config, parser: "typescript" });
  const outputs = [
    [TYPES, await pretty(await typesOf(prepared))],
    [COURSE_TYPES, await pretty(await courseTypesOf(courseSchema))],
    [COMPACT, JSON.stringify(withoutDescriptions(prepared)) + "\n"],
  ];
  for (const [path, text] of outputs) {
    if (!process.argv.includes("--check")) await writeFile(path, text);
    else if ((await readFile(path, "utf8").catch(() => "")) !== text) {
      console.error(`${path}: differs from its schema in docs; run \`npm run types\``);
      process.exitCode = 1;
    }
  }
}

await main();
