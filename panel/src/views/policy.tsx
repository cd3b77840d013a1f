/** Policies: each choice is a scope's own, or is used from above; what a change would have done can be tried first. */
import { useEffect, useState } from "preact/hooks";
import { get, path, post, put } from "../api";
import { dayDate, has, mediumDate, number, t } from "../i18n";
import { href } from "../router";
import { level, mayWrite, scope } from "../session";
import type { Message } from "../types";
import { Button, Failed, Loaded, tellFailure, toast, useFetched } from "../ui/parts";
import { Page } from "./page";
import { scopeName } from "./scope";

type Value = string | number | boolean | string[] | null;
type Values = Record<string, Value>;
interface PolicyView {
  scope: string;
  own: Values;
  effective: Values;
}
interface Schema {
  type?: string;
  enum?: string[];
  anyOf?: Schema[];
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  description?: string;
  items?: Schema;
  $ref?: string;
}
interface Loaded_ {
  view: PolicyView;
  above: Values | null;
  fields: Record<string, Schema>;
}

/** Fields by what they are about; those of no group come last, under their prefix. */
const GROUPS: [string, RegExp][] = [
  ["held", /^(quarantine|spam_at|unsure_at)$/],
  ["kept", /^(retention|log)_days$|_retention_days$/],
  ["marks", /notation|header/],
  ["training", /^training/],
  ["rights", /^(rights?|release|request|disallowed)/],
  ["digest", /^digest/],
  ["notify", /^notif/],
  ["outgoing", /^outgoing/],
];

const parentOf = (name: string): string | null => (level(name) === "recipient" ? name.slice(name.lastIndexOf("@") + 1) : level(name) === "domain" ? "global" : null);

async function load(of: string, signal: AbortSignal): Promise<Loaded_> {
  const parent = parentOf(of);
  const [view, above, document] = await Promise.all([
    get<PolicyView>(path`/v1/policies/${of}`, undefined, signal),
    parent ? get<PolicyView>(path`/v1/policies/${parent}`, undefined, signal).then((v) => v.effective, () => null) : Promise.resolve(null),
    get<{ components: { schemas: Record<string, { properties: Record<string, Schema> }> } }>("/v1/openapi.json", undefined, signal),
  ]);
  const schemas = document.components.schemas;
  const plain = (schema: Schema): Schema => {
    if (schema.$ref) return (schemas[schema.$ref.split("/").pop()!] as Schema | undefined) ?? {};
    const options = schema.anyOf?.filter((s) => s.type !== "null").map(plain);
    return options?.length === 1 ? { ...schema, ...options[0] } : schema;
  };
  const fields: Record<string, Schema> = {};
  for (const [name, schema] of Object.entries(schemas["PolicyRequest"]?.properties ?? {})) fields[name] = plain(schema);
  return { view, above, fields };
}

export function PolicyPage() {
  const found = useFetched((signal) => load(scope.value, signal), [scope.value]);
  return (
    <Page name="policy" about={t("policy.about", { scope: scopeName(scope.value) })} scoped>
      <Loaded from={found} lines={12}>
        {(data) => (
          <>
            <Form key={scope.value} data={data} onSaved={found.again} />
            <Versions of={data.view.scope} seen={data} onRestored={found.again} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Form({ data, onSaved }: { data: Loaded_; onSaved: () => void }) {
  const [own, setOwn] = useState<Values>(data.view.own);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(undefined);
  useEffect(() => setOwn(data.view.own), [data]);
  const changed = Object.keys(own).filter((name) => JSON.stringify(own[name]) !== JSON.stringify(data.view.own[name]));
  const set = (name: string, value: Value) => {
    setError(undefined); // it was about what stood there before
    setOwn((old) => ({ ...old, [name]: value }));
  };
  const names = Object.keys(data.fields);
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const group = GROUPS.find(([, match]) => match.test(name))?.[0] ?? "more";
    groups.set(group, [...(groups.get(group) ?? []), name]);
  }
  const order = [...GROUPS.map(([g]) => g), "more"].filter((g) => groups.has(g));
  const save = async () => {
    setBusy(true);
    setError(undefined);
    const before = data.view.own;
    try {
      await put(path`/v1/policies/${data.view.scope}`, own);
      onSaved();
      toast(t("policy.saved"), {
        undo: () => void put(path`/v1/policies/${data.view.scope}`, before).then(onSaved, tellFailure),
      });
    } catch (e) {
      setError(e);
    }
    setBusy(false);
  };
  return (
    <form
      class="stack"
      onSubmit={(e) => {
        e.preventDefault();
        void save();
      }}
    >
      {order.map((group) => (
        <section class="card stack" key={group} aria-label={t(`policy.group.${group}`)}>
          <h2>{t(`policy.group.${group}`)}</h2>
          {groups.get(group)!.map((name) => (
            <Choice key={name} name={name} schema={data.fields[name]!} own={own[name] ?? null} saved={data.view.own[name] ?? null} effective={data.view.effective[name] ?? null} above={data.above} scope={data.view.scope} onChange={(v) => set(name, v)} />
          ))}
          {group === "digest" && data.view.scope !== "global" ? <Reports of={data.view.scope} seen={data} /> : null}
          {group === "held" ? <WhatIf own={own} saved={data.view.own} of={data.view.scope} /> : null}
        </section>
      ))}
      {mayWrite.value ? (
        <div class={`savebar ${changed.length ? "" : "idle"}`}>
          {error !== undefined && changed.length ? <Failed error={error} /> : null}
          <span class="grow muted" role="status">
            {changed.length ? t("policy.changed", { n: changed.length }) : t("policy.unchanged")}
          </span>
          <Button disabled={!changed.length} onClick={() => setOwn(data.view.own)}>
            {t("policy.discard")}
          </Button>
          <Button kind="primary" submit busy={busy} disabled={!changed.length}>
            {t("save")}
          </Button>
        </div>
      ) : null}
    </form>
  );
}

interface Digest {
  on: boolean;
  to: string[];
  sent_at: string | null;
  due_at: string | null;
  held: number;
}

/** When reports go, and one now. */
function Reports({ of, seen }: { of: string; seen: unknown }) {
  const found = useFetched((signal) => get<Digest>(path`/v1/digests/${of}`, undefined, signal), [of, seen]);
  const send = async () => {
    try {
      const now = await post<Digest>(path`/v1/digests/${of}`);
      toast(now.held ? t("report.sent", { to: now.to.join(", ") }) : t("report.nothing"));
      found.again();
    } catch (error) {
      tellFailure(error);
    }
  };
  return (
    <div class="whatif">
      <Loaded from={found} lines={1}>
        {(digest) => (
          <div class="row between flow">
            <span>
              {digest.due_at && digest.on ? t("report.due", { when: mediumDate(digest.due_at) }) : t("report.off")}{" "}
              {digest.sent_at ? <span class="muted small">{t("report.last", { when: mediumDate(digest.sent_at) })}</span> : null}
            </span>
            {mayWrite.value ? (
              <Button icon="mail" onClick={() => void send()}>
                {t("report.now")}
              </Button>
            ) : null}
          </div>
        )}
      </Loaded>
    </div>
  );
}

interface Version {
  version: number;
  at: string | null;
  by: string;
  note: string;
  changed: string[];
}

/** What was chosen before, and a way back to it. */
function Versions({ of, seen, onRestored }: { of: string; seen: unknown; onRestored: () => void }) {
  const found = useFetched((signal) => get<{ versions: Version[] }>(path`/v1/policies/${of}/versions`, undefined, signal), [of, seen]);
  const restore = (version: Version) =>
    void post(path`/v1/policies/${of}/versions/${String(version.version)}/restore`).then(
      () => {
        toast(t("policy.saved"));
        onRestored();
      },
      tellFailure,
    );
  return (
    <details class="card">
      <summary>{t("versions")}</summary>
      <Loaded from={found} lines={2}>
        {({ versions }) =>
          versions.length ? (
            <ul role="list" class="stack tight">
              {versions.map((each, i) => (
                <li key={each.version} class="row between">
                  <span>
                    <strong>{each.version}</strong> {each.changed.map(fieldName).join(", ")}
                    <span class="muted small block">
                      {each.at ? dayDate(each.at) : ""} {each.by} {each.note}
                    </span>
                  </span>
                  {i > 0 && mayWrite.value ? <Button onClick={() => restore(each)}>{t("versions.restore")}</Button> : null}
                </li>
              ))}
            </ul>
          ) : (
            <p class="muted">{t("versions.none")}</p>
          )
        }
      </Loaded>
    </details>
  );
}

export function fieldName(name: string): string {
  if (has(`policy.${name}`)) return t(`policy.${name}`);
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The word for a value that is chosen from a few. */
const word = (name: string, value: string): string =>
  has(`policy.${name}.${value}`) ? t(`policy.${name}.${value}`) : name.startsWith("rights_") && has(`right.${value}`) ? t(`right.${value}`) : value;

function told(name: string, value: Value): string {
  if (value === null) return t("policy.nothing");
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (Array.isArray(value)) return value.join(", ") || t("policy.nothing");
  if (typeof value === "number") return name.endsWith("_days") ? t("days", { n: value }) : number(value, Number.isInteger(value) ? 0 : 2);
  return value === "" ? t("policy.nothing") : word(name, value);
}

function Choice(p: { name: string; schema: Schema; own: Value; saved: Value; effective: Value; above: Values | null; scope: string; onChange: (value: Value) => void }) {
  const { name } = p;
  const inherited = p.above?.[name] !== undefined ? p.above[name]! : p.saved === null ? p.effective : undefined;
  const from = parentOf(p.scope);
  const own = p.own !== null;
  const start = (): Value => (inherited !== undefined && inherited !== null ? inherited : (p.effective ?? blank(p.schema)));
  const label = fieldName(name);
  return (
    <fieldset class="choice">
      <legend class="legend">
        {label} {JSON.stringify(p.own) !== JSON.stringify(p.saved) ? <span class="chip info">{t("policy.new")}</span> : null}
      </legend>
      {has(`policy.${name}.hint`) ? <p class="hint">{t(`policy.${name}.hint`)}</p> : p.schema.description ? <p class="hint">{p.schema.description}</p> : null}
      <label class="check">
        <input type="radio" name={name} checked={!own} disabled={!mayWrite.value} onChange={() => p.onChange(null)} />
        <span>
          {t(from === null ? "policy.default" : from === "global" ? "policy.above.global" : "policy.above", { scope: from ?? "" })}
          {inherited !== undefined ? <strong> {told(name, inherited)}</strong> : null}
        </span>
      </label>
      <div class="row flow">
        <label class="check">
          <input type="radio" name={name} checked={own} disabled={!mayWrite.value} onChange={() => p.onChange(start())} />
          <span>{t("policy.own")}</span>
        </label>
        {own ? <Input name={name} label={label} schema={p.schema} value={p.own} onChange={p.onChange} /> : null}
      </div>
    </fieldset>
  );
}

const blank = (schema: Schema): Value =>
  schema.type === "boolean" ? false : schema.type === "integer" || schema.type === "number" ? (schema.minimum ?? 0) : schema.type === "array" ? [] : (schema.enum?.[0] ?? "");

function Input(p: { name: string; label: string; schema: Schema; value: Value; onChange: (value: Value) => void }) {
  const { schema, value } = p;
  const disabled = !mayWrite.value;
  if (schema.type === "boolean") {
    return (
      <select class="narrow" aria-label={p.label} disabled={disabled} value={value ? "yes" : "no"} onChange={(e) => p.onChange(e.currentTarget.value === "yes")}>
        <option value="yes">{t("yes")}</option>
        <option value="no">{t("no")}</option>
      </select>
    );
  }
  if (schema.enum) {
    return (
      <select class="narrow" aria-label={p.label} disabled={disabled} value={String(value)} onChange={(e) => p.onChange(e.currentTarget.value)}>
        {schema.enum.map((each) => (
          <option key={each} value={each}>
            {word(p.name, each)}
          </option>
        ))}
      </select>
    );
  }
  if (schema.type === "integer" || schema.type === "number") {
    const score = schema.type === "number" && schema.maximum === 1;
    return (
      <span class="row">
        {score ? (
          <input type="range" aria-label={p.label} min={0} max={1} step={0.01} value={Number(value)} disabled={disabled} onInput={(e) => p.onChange(e.currentTarget.valueAsNumber)} />
        ) : null}
        <input
          type="number"
          class="digits"
          aria-label={p.label}
          min={schema.minimum}
          max={schema.maximum}
          step={schema.type === "integer" ? 1 : 0.01}
          required
          disabled={disabled}
          value={Number(value)}
          onInput={(e) => {
            const wanted = e.currentTarget.valueAsNumber;
            if (!Number.isNaN(wanted)) p.onChange(wanted);
          }}
        />
        {p.name.endsWith("_days") ? <span class="muted">{t("days.unit")}</span> : null}
      </span>
    );
  }
  const text = Array.isArray(value) ? value.join(", ") : String(value ?? "");
  return (
    <input
      type="text"
      class="wide"
      aria-label={p.label}
      maxLength={schema.maxLength}
      spellcheck={false}
      disabled={disabled}
      value={text}
      onInput={(e) => {
        const given = e.currentTarget.value;
        p.onChange(schema.type === "array" ? given.split(/[\s,]+/).filter(Boolean) : given);
      }}
    />
  );
}

interface Group {
  copies: number;
  released: number;
  removed: number;
  reported_ham: number;
  reported_spam: number;
  examples: { message: Message; score: number }[];
}
interface Tried {
  looked_at: number;
  oldest: string | null;
  newest: string | null;
  held_now: number;
  held_changed: number;
  held: Group;
  freed: Group;
  cursor: string | null;
}

const PLAYED = ["quarantine", "spam_at", "unsure_at"] as const;
const DAYS = 14;

function WhatIf(p: { own: Values; saved: Values; of: string }) {
  const [state, setState] = useState<{ tried?: Tried; error?: unknown; busy?: boolean }>({});
  const differs = PLAYED.filter((name) => p.own[name] !== p.saved[name]);
  const key = JSON.stringify(differs.map((name) => p.own[name]));
  useEffect(() => setState({}), [key, p.of]);
  if (!differs.length) return null;
  const back = differs.filter((name) => p.own[name] === null);
  const run = async () => {
    setState({ busy: true });
    try {
      const policy = Object.fromEntries(differs.map((name) => [name, p.own[name]]));
      setState({ tried: await post<Tried>("/v1/what-if", { scope: p.of, days: DAYS, policy }) });
    } catch (error) {
      setState({ error });
    }
  };
  return (
    <div class="whatif stack tight" role="region" aria-label={t("whatif")}>
      {back.length ? <p class="muted">{t("whatif.inherits")}</p> : null}
      {back.length === differs.length ? null : (
        <div class="row between flow">
          <span>{t("whatif.offer", { n: DAYS })}</span>
          <Button icon="refresh" busy={state.busy ?? false} onClick={() => void run()}>
            {t("whatif.try")}
          </Button>
        </div>
      )}
      {state.error !== undefined ? <Failed error={state.error} /> : null}
      <div role="status">{state.tried ? <Outcome tried={state.tried} /> : null}</div>
    </div>
  );
}

function Outcome({ tried }: { tried: Tried }) {
  if (!tried.looked_at) return <p class="muted">{t("whatif.nothing")}</p>;
  return (
    <div class="stack tight">
      <p>
        {t("whatif.looked", { n: tried.looked_at })} {tried.oldest && tried.newest ? <span class="muted">{[...new Set([dayDate(tried.oldest), dayDate(tried.newest)])].join(" – ")}</span> : null}
      </p>
      <div class="tiles">
        <Result title={t("whatif.held", { n: tried.held.copies })} group={tried.held} />
        <Result title={t("whatif.freed", { n: tried.freed.copies })} group={tried.freed} />
      </div>
      {tried.cursor ? <p class="muted small">{t("whatif.cut")}</p> : null}
    </div>
  );
}

function Result({ title, group }: { title: string; group: Group }) {
  const known = group.released + group.reported_ham;
  const bad = group.removed + group.reported_spam;
  return (
    <div class="card">
      <strong>{title}</strong>
      {group.copies ? (
        <p class="muted small">
          {t("whatif.good", { n: known })} · {t("whatif.bad", { n: bad })}
        </p>
      ) : null}
      <ul role="list" class="small">
        {group.examples.slice(0, 4).map(({ message, score }) => (
          <li key={message.id} class="cut">
            <a href={href(["incoming", message.id])}>{message.subject || t("no_subject")}</a> <span class="muted">{number(score, 2)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

