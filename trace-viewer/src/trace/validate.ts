/**
 * Checks plain data against the engine's JSON Schema and says where it first differs.
 *
 * The schema is compiled once into closures; nothing is allocated for data that is right, since a
 * trace may have a hundred thousand steps. Only the keywords that the engine writes are known.
 */
import compact from "./schema.generated.json";

interface Problem {
  /** Keys and indices from the root to the wrong part. */
  path: (string | number)[];
  message: string;
}

interface SchemaNode {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: SchemaNode[];
  properties?: Record<string, SchemaNode>;
  required?: string[];
  additionalProperties?: boolean | SchemaNode;
  items?: boolean | SchemaNode;
  prefixItems?: SchemaNode[];
}

type Check = (value: unknown) => Problem | null;

const DEFINITIONS = (compact as { $defs: Record<string, SchemaNode> }).$defs;
const compiled = new Map<string, Check>();

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number" && Number.isInteger(value)) return "integer";
  return typeof value;
}

/** A value as it may be quoted in a message. */
function quoted(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function wrong(expected: string, value: unknown): Problem {
  return { path: [], message: `expected ${expected}, found ${quoted(value)}` };
}

function at(key: string | number, problem: Problem): Problem {
  problem.path.unshift(key);
  return problem;
}

function checkType(types: string[]): Check {
  return (value) => {
    const found = typeName(value);
    if (types.includes(found) || (found === "integer" && types.includes("number"))) return null;
    return wrong(types.join(" or "), value);
  };
}

function checkArray(node: SchemaNode): Check {
  const prefix = node.prefixItems?.map(compile);
  const items = typeof node.items === "object" ? compile(node.items) : null;
  return (value) => {
    if (!Array.isArray(value)) return wrong("array", value);
    if (prefix && value.length !== prefix.length) {
      return wrong(`${prefix.length} items`, value);
    }
    for (let index = 0; index < value.length; index++) {
      const check = prefix ? prefix[index] : items;
      const problem = check ? check(value[index]) : null;
      if (problem !== null) return at(index, problem);
    }
    return null;
  };
}

function checkObject(node: SchemaNode): Check {
  const properties = new Map(
    Object.entries(node.properties ?? {}).map(([key, child]) => [key, compile(child)]),
  );
  const required = node.required ?? [];
  const others = node.additionalProperties;
  const other = typeof others === "object" ? compile(others) : null;
  return (value) => {
    if (typeName(value) !== "object") return wrong("object", value);
    const object = value as Record<string, unknown>;
    for (const key in object) {
      const check = properties.get(key) ?? other;
      if (!check && others === false) {
        return at(key, { path: [], message: "unknown field" });
      }
      const problem = check?.(object[key]) ?? null;
      if (problem) return at(key, problem);
    }
    const missing = required.find((key) => !Object.hasOwn(object, key));
    return missing === undefined ? null : { path: [], message: `field "${missing}" is missing` };
  };
}

/** The tag of a union's member (its only allowed `kind`), if it has one. */
function tagOf(node: SchemaNode): string | null {
  const target = node.$ref ? DEFINITIONS[definitionName(node.$ref)] : node;
  const kind = target?.properties?.["kind"];
  const tag = kind?.const ?? kind?.enum?.[0];
  return typeof tag === "string" ? tag : null;
}

const PRIMITIVES = new Set(["null", "boolean", "number", "integer", "string"]);

/** Whether a member is a bare type of which every value is right. */
const isPrimitive = (node: SchemaNode): boolean =>
  Object.keys(node).every((key) => key === "type" || key === "title") &&
  typeof node.type === "string" &&
  PRIMITIVES.has(node.type);

/**
 * Which primitive values a union takes. Asked first, since a list of numbers has a hundred
 * thousand of them, and since a member that does not fit spends its time on a message.
 */
function primitivesOf(members: SchemaNode[]): (value: unknown) => boolean {
  const types = new Set(members.filter(isPrimitive).map(({ type }) => type));
  const [none, flag, text] = [types.has("null"), types.has("boolean"), types.has("string")];
  const [number, integer] = [types.has("number"), types.has("integer")];
  return (value) => {
    switch (typeof value) {
      case "number":
        return number || (integer && Number.isInteger(value));
      case "string":
        return text;
      case "boolean":
        return flag;
      default:
        return none && value === null;
    }
  };
}

/** Members with a `kind` are chosen by it, so that the message is about the member meant. */
function checkUnion(members: SchemaNode[]): Check {
  const tagged = new Map<string, Check>();
  const plain: Check[] = [];
  const arrays: Check[] = [];
  const isPlainValue = primitivesOf(members);
  for (const member of members) {
    const tag = tagOf(member);
    if (tag !== null) tagged.set(tag, compile(member));
    else {
      plain.push(compile(member));
      if (member.type === "array") arrays.push(compile(member));
    }
  }
  return (value) => {
    if (isPlainValue(value)) return null;
    if (tagged.size > 0 && typeName(value) === "object") {
      const kind = (value as Record<string, unknown>)["kind"];
      const check = typeof kind === "string" ? tagged.get(kind) : undefined;
      if (check) return check(value);
      return at("kind", wrong(`one of ${[...tagged.keys()].join(", ")}`, kind ?? null));
    }
    const fitting = Array.isArray(value) && arrays.length > 0 ? arrays : plain;
    let last: Problem | null = null;
    for (const check of fitting) {
      const problem = check(value);
      if (!problem) return null;
      if (!last || problem.path.length > last.path.length) last = problem;
    }
    return last ?? wrong("an object with a kind", value);
  };
}

const definitionName = (reference: string) => reference.slice("#/$defs/".length);

function compile(node: SchemaNode): Check {
  if (node.$ref) {
    const name = definitionName(node.$ref);
    // Not compiled yet: a definition may refer to itself.
    let check: Check | undefined;
    return (value) => (check ??= definition(name))(value);
  }
  if (node.anyOf) return checkUnion(node.anyOf);
  if (node.const !== undefined || node.enum) {
    const allowed = node.enum ?? [node.const];
    return (value) =>
      allowed.includes(value) ? null : wrong(allowed.map(quoted).join(" or "), value);
  }
  if (node.type === "array") return checkArray(node);
  if (node.type === "object") return checkObject(node);
  if (node.type === undefined) return () => null;
  return checkType([node.type].flat());
}

function definition(name: string): Check {
  let check = compiled.get(name);
  if (!check) {
    const node = DEFINITIONS[name];
    if (!node) throw new Error(`the schema has no definition ${name}`);
    check = compile(node);
    compiled.set(name, check);
  }
  return check;
}

/** The first difference between `value` and the definition called `name`, or null. */
export function validate(name: "Trace" | "Index", value: unknown): Problem | null {
  return definition(name)(value);
}

/** A path as it would be written in JavaScript: `steps[12].outputs[0].kind`. */
export function formatPath(path: (string | number)[]): string {
  const parts = path.map((key) => {
    if (typeof key === "number") return `[${key}]`;
    return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  });
  return parts.join("").replace(/^\./, "") || "the file";
}
