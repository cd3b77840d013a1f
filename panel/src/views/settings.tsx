/** All settings of a scope as one file: downloaded, and put in again after a look at what that would change. */
import { useEffect, useRef, useState } from "preact/hooks";
import { call, get, path, Problem, put } from "../api";
import { has, t } from "../i18n";
import { mayWrite, scope } from "../session";
import type { Document, Policy, SettingsFile, Value } from "../settings_file";
import { Button, Check, Field, Note, question, toast, wordsOf } from "../ui/parts";
import { Page } from "./page";
import { scopeName } from "./scope";

interface Change {
  part: string;
  name: string;
  before: string;
  after: string;
}
interface Result {
  changes: Change[];
  applied: boolean;
}
/** What is wrong, and the line of the text that it is about (0: none). */
interface Told {
  text: string;
  line: number;
}

const PARTS = ["policy", "entries", "route", "aliases"];
const KINDS = ["added", "changed", "removed"] as const;
/** Shown of each part at once. */
const SHOWN = 200;

/** `none` is a route's word for not being there; a choice that nobody made is there, from above. */
const isThere = (text: string, part: string): boolean => text !== "" && !(part === "route" && text === "none");
const kindOf = (each: Change): (typeof KINDS)[number] => (!isThere(each.before, each.part) ? "added" : !isThere(each.after, each.part) ? "removed" : "changed");
const counted = (changes: readonly Change[]): Record<string, number> => Object.fromEntries(KINDS.map((kind) => [kind, changes.filter((each) => kindOf(each) === kind).length]));

const fail = (error: unknown): void => toast(error instanceof Problem && error.status === 422 ? error.detail : wordsOf(error), { bad: true });

async function download(of: string, document?: Document): Promise<void> {
  const [found, policy, { written }] = await Promise.all([
    document ?? get<Document>(path`/v1/settings/${of}`),
    get<Policy>(path`/v1/policies/${of}`),
    import("../settings_file"),
  ]);
  const link = window.document.createElement("a");
  link.href = URL.createObjectURL(new Blob([written(found, policy)], { type: "application/yaml" }));
  link.download = `${of}.yaml`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export function Settings() {
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    await download(scope.value).catch(fail);
    setBusy(false);
  };
  return (
    <Page name="settings" about={t("settings.about")} scoped>
      <section class="card stack">
        <h2>{t("settings.out")}</h2>
        <p class="muted">{t("settings.out.text")}</p>
        <div>
          <Button icon="download" busy={busy} onClick={() => void save()}>
            {t("settings.download", { name: `${scope.value}.yaml` })}
          </Button>
        </div>
      </section>
      {mayWrite.value ? <Import /> : null}
    </Page>
  );
}

/** A file that could be read, and what it would change. */
interface Seen {
  file: SettingsFile;
  document: Document;
  of: string;
  changes: Change[];
}
interface Done {
  of: string;
  changes: Change[];
  before: Document;
  back: Document;
}

function Import() {
  const [text, setText] = useState("");
  const [copy, setCopy] = useState(false);
  const [other, setOther] = useState("");
  const [told, setTold] = useState<Told | null>(null);
  const [seen, setSeen] = useState<Seen | null>(null);
  const [done, setDone] = useState<Done | null>(null);
  const [busy, setBusy] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const result = useRef<HTMLElement>(null);
  useEffect(() => result.current?.focus(), [seen, done]);
  const anew = () => {
    setTold(null);
    setSeen(null);
    setDone(null);
  };
  useEffect(() => {
    anew();
    setOther("");
    setCopy(false);
  }, [scope.value]);
  const write = (now: string) => {
    anew();
    setOther("");
    setCopy(false);
    setText(now);
  };
  const choose = async (file: File | undefined) => {
    if (!file) return;
    write("");
    try {
      const { LARGEST } = await import("../settings_file");
      if (file.size > LARGEST) return setTold({ text: t("settings.wrong.large"), line: 0 });
      write(new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer()));
    } catch (error) {
      setTold({ text: error instanceof TypeError ? t("settings.wrong.no_text") : wordsOf(error), line: 0 });
    }
  };

  /** Read the file, and ask what it would change. `into` copies it to the scope that is shown. */
  const look = async (into: boolean) => {
    anew();
    setBusy(true);
    let file: SettingsFile | null = null;
    let of = "";
    try {
      const part = await import("../settings_file");
      try {
        file = new part.SettingsFile(text);
      } catch (error) {
        if (!(error instanceof part.Wrong)) throw error;
        return setTold({ text: t(`settings.wrong.${error.code}`, { about: error.about }), line: error.line });
      }
      const named = file.document.scope;
      if (typeof named !== "string" || !named) return setTold({ text: t("settings.wrong.no_scope"), line: file.told(" - at `$.scope`").line });
      const foreign = named !== scope.value;
      setOther(foreign ? named : "");
      of = foreign && into ? scope.value : named;
      const document = { ...file.document, scope: of };
      const { changes } = await call<Result>("PUT", path`/v1/settings/${of}`, { query: { dry_run: "true" }, body: document });
      setSeen({ file, document, of, changes });
    } catch (error) {
      setTold(refused(error, file, of));
    } finally {
      setBusy(false);
    }
  };
  const refused = (error: unknown, file: SettingsFile | null, of: string): Told => {
    if (error instanceof Problem && error.status === 404) return { text: t("settings.wrong.hidden", { scope: of }), line: file?.told(" - at `$.scope`").line ?? 0 };
    if (!(error instanceof Problem) || !error.detail || error.status >= 500) return { text: wordsOf(error), line: 0 };
    const { line, place, words } = file?.told(error.detail) ?? { line: 0, place: "", words: error.detail };
    return { text: place ? `${place}: ${words}` : words, line };
  };

  const apply = async ({ file, document, of }: Seen) => {
    setBusy(true);
    try {
      const before = await get<Document>(path`/v1/settings/${of}`);
      const { changes } = await put<Result>(path`/v1/settings/${of}`, document);
      setSeen(null);
      setDone({ of, changes, before, back: wayBack(before, document) });
    } catch (error) {
      setSeen(null);
      setTold(refused(error, file, of));
    }
    setBusy(false);
  };
  const ask = (what: Seen) => {
    const counts = counted(what.changes);
    question.value = {
      title: t("settings.apply", { n: what.changes.length }),
      text: `${scopeName(what.of)}: ${t("settings.counts", counts)}.`,
      verb: t("settings.apply", { n: what.changes.length }),
      danger: Boolean(counts.removed),
      yes: () => void apply(what),
    };
  };
  const undo = async ({ of, back }: Done) => {
    setBusy(true);
    try {
      await put<Result>(path`/v1/settings/${of}`, back);
      setDone(null);
      toast(t("settings.undone"));
    } catch (error) {
      fail(error);
    }
    setBusy(false);
  };
  const show = (line: number) => {
    const at = area.current!;
    const lines = text.split("\n");
    const from = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    at.focus();
    at.setSelectionRange(from, from + (lines[line - 1]?.length ?? 0));
    at.scrollTop = ((line - 3) * at.scrollHeight) / Math.max(1, lines.length);
  };

  return (
    <>
      <form
        class="card stack"
        onSubmit={(e) => {
          e.preventDefault();
          void look(copy);
        }}
      >
        <h2>{t("settings.in")}</h2>
        <p class="muted">{t("settings.in.text")}</p>
        <Field label={t("settings.file")}>
          {(given) => <input type="file" {...given} accept=".yaml,.yml,.json,.txt" onChange={(e) => void choose(e.currentTarget.files?.[0])} />}
        </Field>
        <Field label={t("settings.text")} error={told ? (told.line ? t("settings.line", { line: told.line, text: told.text }) : told.text) : undefined}>
          {(given) => (
            <textarea
              {...given}
              ref={area}
              class="mono"
              rows={10}
              required
              wrap="off"
              autocapitalize="none"
              autocomplete="off"
              spellcheck={false}
              value={text}
              onInput={(e) => write(e.currentTarget.value)}
            />
          )}
        </Field>
        {told?.line ? (
          <div>
            <Button icon="search" onClick={() => show(told.line)}>
              {t("settings.show_line", { line: told.line })}
            </Button>
          </div>
        ) : null}
        {other ? (
          <Note>
            <div class="stack tight">
              <span>{t("settings.of", { scope: other })}</span>
              <Check
                checked={copy}
                onChange={(on) => {
                  setCopy(on);
                  void look(on);
                }}
              >
                {t("settings.copy", { scope: scopeName(scope.value) })}
              </Check>
            </div>
          </Note>
        ) : null}
        <div>
          <Button kind={seen ? "" : "primary"} submit busy={busy}>
            {t("settings.look")}
          </Button>
        </div>
      </form>
      {seen ? (
        <section class="card stack" ref={result} tabIndex={-1} aria-labelledby="settings-seen">
          <h2 id="settings-seen">{t("settings.would", { scope: scopeName(seen.of) })}</h2>
          {seen.changes.length ? (
            <>
              <p>{t("settings.counts", counted(seen.changes))}</p>
              <Differences changes={seen.changes} />
              <div class="buttons">
                <Button kind="primary" busy={busy} onClick={() => ask(seen)}>
                  {t("settings.apply", { n: seen.changes.length })}
                </Button>
                <Button onClick={() => setSeen(null)}>{t("cancel")}</Button>
              </div>
            </>
          ) : (
            <p>{t("settings.nothing")}</p>
          )}
        </section>
      ) : null}
      {done ? (
        <section class="card stack" ref={result} tabIndex={-1} aria-labelledby="settings-done">
          <h2 id="settings-done">{t("settings.done", { n: done.changes.length, scope: scopeName(done.of) })}</h2>
          <p class="muted">{t("settings.done.text")}</p>
          <div class="buttons">
            <Button icon="undo" busy={busy} onClick={() => void undo(done)}>
              {t("undo")}
            </Button>
            <Button icon="download" onClick={() => void download(done.of, done.before).catch(fail)}>
              {t("settings.before")}
            </Button>
          </div>
        </section>
      ) : null}
    </>
  );
}

/** What puts back how it was before, of what the file told and of nothing else. */
function wayBack(before: Document, told: Document): Document {
  const back: Document = { format: before.format!, scope: before.scope! };
  for (const part of PARTS) if (part in told && part in before) back[part] = before[part]!;
  const names = told.policy;
  if (names && typeof names === "object" && !Array.isArray(names)) {
    const old = before.policy as Record<string, Value>;
    back.policy = Object.fromEntries(Object.keys(names).flatMap((name) => (name in old ? [[name, old[name]!]] : [])));
  }
  return back;
}

function Differences({ changes }: { changes: readonly Change[] }) {
  return (
    <>
      {PARTS.map((part) => {
        const all = changes.filter((each) => each.part === part);
        if (!all.length) return null;
        return (
          <section key={part} class="stack tight">
            <h3>
              {t(`settings.part.${part}`)} <span class="muted">({all.length})</span>
            </h3>
            <div class="scrolls">
              <table class="cards">
                <caption class="sr">{t(`settings.part.${part}`)}</caption>
                <thead>
                  <tr>
                    <th scope="col">{t("settings.what")}</th>
                    <th scope="col">{t("settings.was")}</th>
                    <th scope="col">{t("settings.becomes")}</th>
                  </tr>
                </thead>
                <tbody>
                  {all.slice(0, SHOWN).map((each) => (
                    <tr key={each.name}>
                      <td class="wrap">
                        <span class={`chip ${{ added: "good", changed: "info", removed: "bad" }[kindOf(each)]}`}>{t(`settings.${kindOf(each)}`)}</span> {part === "policy" && has(`policy.${each.name}`) ? t(`policy.${each.name}`) : <code>{each.name}</code>}
                      </td>
                      <td class="wrap" data-label={t("settings.was")}>{each.before || "–"}</td>
                      <td class="wrap" data-label={t("settings.becomes")}>{each.after || "–"}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            {all.length > SHOWN ? <p class="muted">{t("settings.more", { n: all.length - SHOWN })}</p> : null}
          </section>
        );
      })}
    </>
  );
}
