/** Settings as a YAML file, as `pratique settings` writes and reads it (cli/settings_file.py): a test compares the two. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";

export type Value = string | number | boolean | null | Value[] | { [name: string]: Value };
export type Document = { [name: string]: Value };

/** Written without quotes: use what is above; there is none. */
const INHERIT = "inherit";
const NONE = "none";
/** Characters of a file, and levels; settings have four. */
export const LARGEST = 6_000_000;
const DEEPEST = 10;
const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_.@-]*$/;
const PLACE = / - at `\$\.?([^`]*)`/;
/** Tags of YAML 1.1 that are no data of ours. A date stays the text that it is. */
const OTHERS = new Set(["binary", "merge", "omap", "pairs", "set", "timestamp"].map((name) => `tag:yaml.org,2002:${name}`));

/** What is wrong with a file, by a word that the catalogue knows, and the line (from 1; 0 where it is about the whole). */
export class Wrong extends Error {
  constructor(
    readonly code: string,
    readonly line = 0,
    readonly about = "",
  ) {
    super(code);
  }
}

export interface Policy {
  effective: Record<string, Value>;
  sources: Record<string, string>;
}

/** The file of what GET /v1/settings gave, with what GET /v1/policies says is in force beside it. */
export function written(document: Document, policy: Policy): string {
  const lines = [
    `# Settings of ${String(document.scope)}. In the policy, \`${INHERIT}\` uses what is above, which is not the same as the same value.`,
    "# A part that is taken out of this file stays as it is; entries and aliases that are taken out of their part are deleted.",
    `format: ${String(document.format)}`,
    `scope: ${scalar(document.scope!)}`,
    "",
    "policy:",
  ];
  for (const [name, value] of Object.entries(document.policy as Document)) {
    const force = `  # in force: ${scalar(policy.effective[name] ?? null)} from ${policy.sources[name]}`;
    lines.push(`  ${name}: ${value === null ? INHERIT + force : scalar(value)}`);
  }
  const entries = document.entries as Document[];
  lines.push("", entries.length ? "entries:" : "entries: []");
  for (const entry of entries) {
    lines.push(`- pattern: ${scalar(entry.pattern!)}`);
    for (const [name, value] of Object.entries(entry)) if (name !== "pattern") lines.push(`  ${name}: ${scalar(value)}`);
  }
  for (const name of ["route", "aliases"]) if (name in document) lines.push("", ...part(name, document[name] as Document | null));
  return `${lines.join("\n")}\n`;
}

function part(name: string, value: Document | null): string[] {
  if (value === null) return [`${name}: ${NONE}`];
  const lines = [`${name}:`];
  for (const [key, inner] of Object.entries(value)) {
    if (inner !== null && typeof inner === "object" && !Array.isArray(inner)) {
      const all = Object.entries(inner);
      lines.push(all.length ? `  ${key}:` : `  ${key}: {}`, ...all.map(([k, v]) => `    ${PLAIN_KEY.test(k) ? k : scalar(k)}: ${scalar(v)}`));
    } else lines.push(`  ${key}: ${scalar(inner)}`);
  }
  return lines;
}

/** A value as JSON, which is YAML, with nothing in it that cannot be seen; without quotes where it stands for nothing. */
function scalar(value: Value): string {
  if (value === null) return NONE;
  if (Array.isArray(value)) return `[${value.map(scalar).join(", ")}]`;
  return JSON.stringify(value).replace(/[\p{C}\p{Z}]/gu, (char) => (char === " " ? char : `\\U${char.codePointAt(0)!.toString(16).padStart(8, "0")}`));
}

/** A file that was read: `document` is what PUT /v1/settings takes. */
export class SettingsFile {
  readonly document: Document;
  private readonly lines = new Map<string, number>();
  private readonly counter = new LineCounter();

  /** Throws Wrong. */
  constructor(text: string) {
    if (text.length > LARGEST) throw new Wrong("large");
    let read;
    try {
      read = parseDocument(text, {
        version: "1.1",
        lineCounter: this.counter,
        prettyErrors: false,
        merge: false,
        customTags: (tags) => tags.filter((tag) => typeof tag === "string" || !OTHERS.has(tag.tag)),
      });
    } catch {
      throw new Wrong("no_yaml"); // nested deeper than the reader's own stack
    }
    const wrong = read.errors[0];
    if (wrong?.code === "DUPLICATE_KEY") throw new Wrong("twice", this.lineAt(wrong.pos[0]), /^["']?(.*?)["']?\s*:/.exec(text.slice(wrong.pos[0]))?.[1] ?? "");
    if (wrong?.code === "RESOURCE_EXHAUSTION") throw new Wrong("deep", this.lineAt(wrong.pos[0]));
    if (wrong) throw new Wrong("yaml", this.lineAt(wrong.pos[0]), wrong.message);
    const tag = read.warnings[0];
    if (tag) throw new Wrong("tag", this.lineAt(tag.pos[0]), tag.message);
    const found = read.contents === null ? null : this.value(read.contents as Node, "", 1);
    if (found === null || typeof found !== "object" || Array.isArray(found)) throw new Wrong("no_settings");
    this.document = found;
  }

  /** The API's refusal in its parts: the line of what it names, or of the nearest thing around it; the place; the words. */
  told(detail: string): { line: number; place: string; words: string } {
    const place = PLACE.exec(detail)?.[1] ?? "";
    let near = place;
    while (near && !this.lines.has(near)) near = near.replace(/(?:\.[^.[]*|\[[^\]]*\]|^[^.[]*)$/, "");
    return { line: near ? this.lines.get(near)! : 0, place, words: detail.replace(PLACE, "") };
  }

  private lineAt(offset: number): number {
    return this.counter.linePos(offset).line;
  }

  private value(node: Node, place: string, depth: number): Value {
    const line = node.range ? this.lineAt(node.range[0]) : 0;
    if (depth > DEEPEST) throw new Wrong("deep", line);
    if (isAlias(node) || ("anchor" in node && node.anchor)) throw new Wrong("references", this.lines.get(place) ?? line);
    if (!this.lines.has(place)) this.lines.set(place, line);
    if (isSeq(node)) return node.items.map((each, number) => this.value(each as Node, `${place}[${number}]`, depth + 1));
    if (isMap(node)) {
      const found: Document = {};
      for (const { key, value } of node.items) {
        const at = this.lineAt((key as Node).range![0]);
        const name = isScalar(key) ? (key.type === "PLAIN" ? key.source : key.value) : null; // a name is its text: `on` is no truth there
        if (typeof name !== "string" || name === "<<") throw new Wrong("key", at);
        const inner = place ? `${place}.${name}` : name;
        this.lines.set(inner, at);
        Object.defineProperty(found, name, { value: value === null ? null : this.value(value as Node, inner, depth + 1), enumerable: true });
      }
      return found;
    }
    if (!isScalar(node)) throw new Wrong("no_yaml", line);
    const { value, type } = node;
    if (type === "PLAIN" && (value === INHERIT || value === NONE)) return null;
    // Of the words for yes and no, a letter alone is none to the command line's reader.
    if (typeof value === "boolean" && /^[yn]$/i.test(node.source ?? "")) return node.source!;
    // JSON has no NaN: it would go out as null, which means something else.
    if (value === null || typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))) return value;
    throw new Wrong("number", line);
  }
}
