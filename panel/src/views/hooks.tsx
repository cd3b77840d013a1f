/** Webhooks: programs that are told of each change of a message's state. */
import { useState } from "preact/hooks";
import { del, get, newKey, path, post } from "../api";
import { dayDate, t } from "../i18n";
import { mayWrite, scope } from "../session";
import { Button, Check, copyText, Dialog, Empty, Field, Loaded, Note, question, tellFailure, toast, useFetched, wordsOf } from "../ui/parts";
import { Page } from "./page";
import { scopeName } from "./scope";

interface Hook {
  id: string;
  scope: string;
  url: string;
  states: string[];
  created_at: string;
  created_by: string;
  failures: number;
  disabled: string;
}

const STATES = ["held", "queued", "delivered", "releasing", "released", "removed", "failed", "expired"];

export function Hooks() {
  const found = useFetched((signal) => get<{ hooks: Hook[] }>("/v1/hooks", { scope: scope.value }, signal), [scope.value]);
  const [adding, setAdding] = useState(false);
  const ping = (hook: Hook) =>
    void post(path`/v1/hooks/${hook.id}/ping`).then(
      () => toast(t("hook.pinged")),
      tellFailure,
    );
  const end = (hook: Hook) => {
    question.value = {
      title: t("hook.delete"),
      text: hook.url,
      verb: t("hook.delete"),
      danger: true,
      yes: () => void del(path`/v1/hooks/${hook.id}`).then(found.again, tellFailure),
    };
  };
  return (
    <Page
      name="hooks"
      about={t("hooks.about", { scope: scopeName(scope.value) })}
      scoped
      actions={
        mayWrite.value ? (
          <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>
            {t("entry.add")}
          </Button>
        ) : null
      }
    >
      <Loaded from={found} lines={3}>
        {({ hooks }) => (
          <section class="card stack">
            {hooks.length ? (
              <ul role="list" class="stack">
                {hooks.map((hook) => (
                  <li key={hook.id} class="row between flow">
                    <span class="grow">
                      <strong class="wrap">{hook.url}</strong> {hook.disabled ? <span class="chip bad">{hook.disabled}</span> : null}
                      <span class="muted small block">
                        {(hook.states.length ? hook.states : STATES).map((state) => t(`state.${state}`)).join(", ")} · {dayDate(hook.created_at)} {hook.created_by}
                      </span>
                    </span>
                    {mayWrite.value ? (
                      <span class="buttons">
                        <Button onClick={() => ping(hook)}>{t("hook.ping")}</Button>
                        <Button kind="quiet" icon="bin" label={`${t("hook.delete")}: ${hook.url}`} onClick={() => end(hook)} />
                      </span>
                    ) : null}
                  </li>
                ))}
              </ul>
            ) : (
              <Empty icon="send" title={t("hooks.none")} />
            )}
          </section>
        )}
      </Loaded>
      {adding ? <Add onClose={() => setAdding(false)} onDone={found.again} /> : null}
    </Page>
  );
}

function Add(p: { onClose: () => void; onDone: () => void }) {
  const [url, setUrl] = useState("");
  const [states, setStates] = useState<ReadonlySet<string>>(new Set(["held"]));
  const [secret, setSecret] = useState("");
  const [wrong, setWrong] = useState("");
  const [once] = useState(newKey);
  const submit = async (e: Event) => {
    e.preventDefault();
    setWrong("");
    try {
      const made = await post<{ secret: string }>("/v1/hooks", { url: url.trim(), scope: scope.value, states: STATES.filter((s) => states.has(s)) }, { key: once });
      setSecret(made.secret);
      p.onDone();
    } catch (error) {
      setWrong(wordsOf(error));
    }
  };
  if (secret) {
    return (
      <Dialog title={t("hook.made")} onClose={p.onClose}>
        <div class="stack">
          <Note kind="warn">{t("key.once")}</Note>
          <output class="secret">{secret}</output>
          <div class="dialog-foot">
            <Button icon="copy" onClick={() => void copyText(secret)}>
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
    <Dialog title={t("entry.add")} onClose={p.onClose}>
      <form class="stack" onSubmit={(e) => void submit(e)}>
        <Field label={t("hook.url")} hint={t("hook.url.hint")} error={wrong || undefined}>
          {(given) => <input type="text" inputMode="url" {...given} required autofocus placeholder="https://" value={url} onInput={(e) => setUrl(e.currentTarget.value)} />}
        </Field>
        <fieldset class="stack tight">
          <legend class="legend">{t("hook.states")}</legend>
          <p class="hint">{t("hook.states.hint")}</p>
          {STATES.map((state) => (
            <Check
              key={state}
              checked={states.has(state)}
              onChange={(on) => {
                const next = new Set(states);
                if (on) next.add(state);
                else next.delete(state);
                setStates(next);
              }}
            >
              {t(`state.${state}`)}
            </Check>
          ))}
        </fieldset>
        <div class="dialog-foot">
          <Button onClick={p.onClose}>{t("cancel")}</Button>
          <Button kind="primary" submit>
            {t("entry.add")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
