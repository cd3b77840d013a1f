/** Ways in for programs: app passwords for mail clients, tokens for the API. */
import { useState } from "preact/hooks";
import { del, get, newKey, path, post } from "../api";
import { dayDate, relative, t } from "../i18n";
import { mayWrite, scope } from "../session";
import { Button, Check, copyText, Dialog, Empty, Field, Loaded, Note, question, Table, tellFailure, toast, useFetched, wordsOf } from "../ui/parts";
import { Page } from "./page";
import { scopeName } from "./scope";

interface Key {
  id: string;
  may_write: boolean;
  created_at: string;
  created_by: string;
  expires_at: string | null;
  used_at?: string | null;
  name?: string;
  label?: string;
}

export function Access() {
  return (
    <Page name="access" about={t("access.about", { scope: scopeName(scope.value) })} scoped>
      <Keys
        kind="password"
        load={async (signal) => (await get<{ passwords: Key[] }>(path`/v1/passwords/${scope.value}`, undefined, signal)).passwords}
        revoke={(key) => del(path`/v1/passwords/${scope.value}`, { id: key.id })}
        make={async (name, days, write, once) => (await post<{ text: string }>(path`/v1/passwords/${scope.value}`, { label: name, may_write: write, days }, { key: once })).text}
      />
      <Keys
        kind="token"
        load={async (signal) => (await get<{ tokens: Key[] }>("/v1/tokens", { scope: scope.value }, signal)).tokens}
        revoke={(key) => del(path`/v1/tokens/${key.id}`)}
        make={async (name, days, write, once) => (await post<{ text: string }>("/v1/tokens", { name, scope: scope.value, may_write: write, days }, { key: once })).text}
      />
    </Page>
  );
}

interface KeysProps {
  kind: "password" | "token";
  load: (signal: AbortSignal) => Promise<Key[]>;
  revoke: (key: Key) => Promise<unknown>;
  make: (name: string, days: number | null, write: boolean, once: string) => Promise<string>;
}

function Keys(p: KeysProps) {
  const found = useFetched(p.load, [scope.value]);
  const [adding, setAdding] = useState(false);
  const end = (key: Key) => {
    question.value = {
      title: t(`${p.kind}.revoke`),
      text: t(`${p.kind}.revoke.text`, { name: key.name ?? key.label ?? "" }),
      verb: t("revoke"),
      danger: true,
      yes: () =>
        void p.revoke(key).then(
          () => {
            toast(t(`${p.kind}.revoked`));
            found.again();
          },
          tellFailure,
        ),
    };
  };
  return (
    <section class="card stack">
      <div class="row between flow">
        <div class="stack tight grow">
          <h2>{t(`${p.kind}s`)}</h2>
          <p class="muted small">{t(`${p.kind}s.about`)}</p>
        </div>
        {mayWrite.value ? (
          <Button icon="plus" onClick={() => setAdding(true)}>
            {t(`${p.kind}.add`)}
          </Button>
        ) : null}
      </div>
      <Loaded from={found} lines={2}>
        {(keys) =>
          keys.length ? (
            <Table caption={t(`${p.kind}s`)} heads={[t("key.name"), t("key.made"), t("key.ends")]}>
              {keys.map((key) => (
                <tr key={key.id}>
                  <td>
                    <strong>{key.name ?? key.label}</strong> {key.may_write ? null : <span class="chip">{t("key.reads")}</span>}
                  </td>
                  <td class="muted small">
                    {dayDate(key.created_at)} · {key.created_by}
                    {key.used_at ? <div>{t("key.used", { when: relative(key.used_at) })}</div> : null}
                  </td>
                  <td class="muted small" data-label={t("key.ends")}>{key.expires_at ? dayDate(key.expires_at) : t("key.never")}</td>
                  <td class="act">
                    {mayWrite.value ? <Button kind="quiet" icon="bin" label={`${t(`${p.kind}.revoke`)}: ${key.name ?? key.label ?? ""}`} onClick={() => end(key)} /> : null}
                  </td>
                </tr>
              ))}
            </Table>
          ) : (
            <Empty icon="key" title={t(`${p.kind}s.none`)} />
          )
        }
      </Loaded>
      {adding ? <Make {...p} onClose={() => setAdding(false)} onDone={found.again} /> : null}
    </section>
  );
}

function Make(p: KeysProps & { onClose: () => void; onDone: () => void }) {
  const [name, setName] = useState("");
  const [days, setDays] = useState(p.kind === "token" ? "90" : "");
  const [write, setWrite] = useState(true);
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const [once] = useState(newKey);
  const submit = async (e: Event) => {
    e.preventDefault();
    setBusy(true);
    try {
      setText(await p.make(name.trim(), days ? Number(days) : null, write, once));
      p.onDone();
    } catch (error) {
      setWrong(wordsOf(error));
    }
    setBusy(false);
  };
  if (text) {
    return (
      <Dialog title={t(`${p.kind}.made`)} onClose={p.onClose}>
        <div class="stack">
          <Note kind="warn">{t("key.once")}</Note>
          <output class="secret" aria-label={t(`${p.kind}.made`)}>
            {text}
          </output>
          <div class="dialog-foot">
            <Button icon="copy" onClick={() => void copyText(text)}>
              {t("copy")}
            </Button>
            <Button kind="primary" onClick={p.onClose}>
              {t("done")}
            </Button>
          </div>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={t(`${p.kind}.add`)} onClose={p.onClose}>
      <form class="stack" onSubmit={(e) => void submit(e)}>
        <Field label={t("key.name")} hint={t(`${p.kind}.name.hint`)} error={wrong || undefined}>
          {(given) => <input type="text" {...given} required autofocus maxLength={64} value={name} onInput={(e) => setName(e.currentTarget.value)} />}
        </Field>
        <Field label={t("key.days")} hint={t("key.days.hint")}>
          {(given) => <input type="number" {...given} min={1} max={3650} value={days} onInput={(e) => setDays(e.currentTarget.value)} />}
        </Field>
        <Check checked={write} onChange={setWrite}>
          {t("key.write")}
        </Check>
        <div class="dialog-foot">
          <Button onClick={p.onClose}>{t("cancel")}</Button>
          <Button kind="primary" submit busy={busy}>
            {t(`${p.kind}.add`)}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
