/** One's own account: password, second factors, where one is signed in, who looks after the mailbox, who looked into it. */
import { useState } from "preact/hooks";
import { del, get, patch, path, post, put, Problem } from "../api";
import { dayDate, LANGUAGES, language as shownLanguage, mediumDate, relative, t } from "../i18n";
import { elsewhere, make, prove, supported } from "../passkeys";
import { go, href } from "../router";
import * as session from "../session";
import type { Session } from "../types";
import { Button, copyText, Dialog, Field, Loaded, Note, question, toast, useFetched, wordsOf } from "../ui/parts";
import { Page } from "./page";

const told = (error: unknown): string =>
  error instanceof Problem && error.code === "sign_in_again" ? t("account.again") : error instanceof DOMException ? t("passkey.failed") : wordsOf(error);
const fail = (error: unknown): void => toast(told(error), { bad: true });

export function Account() {
  const me = session.me.value!;
  const own = me.login !== null && me.acting_as === null; // what somebody else signs in with is theirs alone
  return (
    <Page name="account" about={t("account.about", { login: me.login ?? me.actor })}>
      {own ? (
        <>
          <Profile />
          <Factors />
          <Sessions />
        </>
      ) : null}
      {me.level === "recipient" ? (
        <>
          <Delegates />
          {session.shared.value ? null : <Disclosures />}
        </>
      ) : null}
    </Page>
  );
}

function Profile() {
  const me = session.me.value!;
  const [name, setName] = useState(me.name);
  const [language, setLanguage] = useState(me.language || shownLanguage.value);
  const save = async (e: Event) => {
    e.preventDefault();
    try {
      await patch("/v1/me", { name: name.trim(), language });
      await session.again();
      await session.chooseLanguage(language);
      toast(t("policy.saved"));
    } catch (error) {
      fail(error);
    }
  };
  return (
    <form class="card stack" onSubmit={(e) => void save(e)}>
      <h2>{t("account.profile")}</h2>
      <div class="grid2">
        <Field label={t("user.name")}>{(given) => <input type="text" {...given} maxLength={80} autocomplete="name" value={name} onInput={(e) => setName(e.currentTarget.value)} />}</Field>
        <Field label={t("language")}>
          {(given) => (
            <select {...given} value={language} onChange={(e) => setLanguage(e.currentTarget.value)}>
              {Object.entries(LANGUAGES).map(([code, label]) => (
                <option key={code} value={code}>
                  {label}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      <div>
        <Button submit>{t("save")}</Button>
      </div>
    </form>
  );
}

interface PasskeyView {
  id: string;
  label: string;
  created_at: string;
  used_at: string | null;
}

/** Whoever signed in at an issuer that asked for one factor only shows the account's own here: to go on, or to change what opens it. */
function ProveFactor({ onDone }: { onDone: () => void }) {
  const [code, setCode] = useState("");
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const show = async (proof: () => Promise<Record<string, unknown>>) => {
    setBusy(true);
    setWrong("");
    try {
      await post("/v1/session/second", await proof());
      onDone();
    } catch (error) {
      setWrong(error instanceof Problem && error.status === 401 ? t("code.wrong") : error instanceof DOMException ? t("passkey.failed") : wordsOf(error));
    }
    setBusy(false);
  };
  const byKey = async () => {
    const { challenge, options } = await post<{ challenge: string; options: Record<string, unknown> }>("/v1/session/passkey");
    return { passkey: { challenge, credential: await prove(options) } };
  };
  return (
    <form
      class="stack tight"
      onSubmit={(e) => {
        e.preventDefault();
        void show(async () => ({ code: code.trim() }));
      }}
    >
      <h3>{t("code.title")}</h3>
      <p class="muted small">{t("code.first")}</p>
      <Field label={t("code")} hint={t("code.hint")} error={wrong || undefined}>
        {(given) => <input type="text" inputMode="numeric" autocomplete="one-time-code" {...given} required value={code} onInput={(e) => setCode(e.currentTarget.value)} />}
      </Field>
      <div class="buttons">
        <Button kind="primary" submit busy={busy}>
          {t("code.go")}
        </Button>
        {supported() ? (
          <Button icon="key" busy={busy} onClick={() => void show(byKey)}>
            {t("passkey.use")}
          </Button>
        ) : null}
      </div>
    </form>
  );
}

function Factors() {
  const me = session.me.value!;
  const [password, setPassword] = useState(false);
  const [totp, setTotp] = useState<{ secret: string; uri: string } | null>(null);
  const [codes, setCodes] = useState<string[]>([]);
  const keys = useFetched((signal) => get<{ passkeys: PasskeyView[] }>("/v1/me/passkeys", undefined, signal), []);
  const factor = me.second_factor;
  const has = factor !== null && (factor.totp || factor.passkeys > 0);
  const unproved = has && !factor.shown;
  const done = async (made: string[] = []) => {
    if (made.length) go(href(["account"]), true); // so that the codes are seen before what the person came for
    await session.again();
    keys.again();
    if (made.length) setCodes(made);
  };
  const register = async () => {
    try {
      const { challenge, options } = await post<{ challenge: string; options: Record<string, unknown> }>("/v1/me/passkeys");
      const credential = await make(options);
      const made = await put<{ recovery_codes: string[] }>("/v1/me/passkeys", { challenge, label: navigator.platform || "passkey", credential });
      await done(made.recovery_codes);
    } catch (error) {
      fail(error);
    }
  };
  const end = (title: string, run: () => Promise<unknown>) => {
    question.value = { title, text: t("factor.remove.text"), verb: t("factor.remove"), danger: true, yes: () => void run().then(() => done(), fail) };
  };
  return (
    <section class="card stack">
      <h2>{t("account.security")}</h2>
      {unproved ? <ProveFactor onDone={() => void done()} /> : factor?.needed ? <Note kind="warn">{t("factor.needed")}</Note> : null}
      <div class="row between flow">
        <span>{t("password")}</span>
        <span class="buttons">
          <Button disabled={unproved} onClick={() => setPassword(true)}>
            {t("password.set")}
          </Button>
          <Button kind="quiet" disabled={unproved} onClick={() => end(t("password.forget"), () => del("/v1/me/password"))}>
            {t("password.forget")}
          </Button>
        </span>
      </div>
      <div class="row between flow">
        <span>
          {t("totp")} {factor?.totp ? <span class="chip good">{t("factor.on")}</span> : null}
        </span>
        {factor?.totp ? (
          <Button disabled={unproved} onClick={() => end(t("totp"), () => del("/v1/me/totp"))}>
            {t("factor.remove")}
          </Button>
        ) : (
          <Button disabled={unproved} onClick={() => void post<{ secret: string; uri: string }>("/v1/me/totp").then(setTotp, fail)}>
            {t("factor.set")}
          </Button>
        )}
      </div>
      <div class="row between flow">
        <span>{t("passkeys")}</span>
        {supported() ? (
          <Button disabled={unproved} onClick={() => void register()}>
            {t("passkey.add")}
          </Button>
        ) : elsewhere() ? (
          <span class="muted small">
            {t("passkey.elsewhere")} <a href={elsewhere()}>localhost</a>
          </span>
        ) : (
          <span class="muted small">{t("passkey.unsupported")}</span>
        )}
      </div>
      <Loaded from={keys} lines={1}>
        {({ passkeys }) => (
          <ul role="list" class="stack tight">
            {passkeys.map((key) => (
              <li key={key.id} class="row between">
                <span>
                  {key.label} <span class="muted small">{dayDate(key.created_at)}{key.used_at ? ` · ${t("key.used", { when: relative(key.used_at) })}` : ""}</span>
                </span>
                <Button kind="quiet" icon="bin" disabled={unproved} label={`${t("factor.remove")}: ${key.label}`} onClick={() => end(key.label, () => del(path`/v1/me/passkeys/${key.id}`))} />
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      {has ? (
        <div class="row between flow">
          <span>{t("recovery.left", { n: factor.recovery_codes })}</span>
          <Button disabled={unproved} onClick={() => void post<{ recovery_codes: string[] }>("/v1/me/recovery").then((made) => done(made.recovery_codes), fail)}>
            {t("recovery.new")}
          </Button>
        </div>
      ) : null}
      {password ? <SetPassword onClose={() => setPassword(false)} /> : null}
      {totp ? (
        <SetTotp
          start={totp}
          onClose={() => setTotp(null)}
          onDone={(made) => {
            setTotp(null);
            void done(made);
          }}
        />
      ) : null}
      {codes.length ? (
        <Dialog title={t("recovery")} onClose={() => setCodes([])}>
          <div class="stack">
            <Note kind="warn">{t("recovery.text")}</Note>
            <output class="secret">{codes.join("\n")}</output>
            <div class="dialog-foot">
              <Button icon="copy" onClick={() => void copyText(codes.join("\n"))}>
                {t("copy")}
              </Button>
              <Button kind="primary" onClick={() => setCodes([])}>
                {t("done")}
              </Button>
            </div>
          </div>
        </Dialog>
      ) : null}
    </section>
  );
}

function SetPassword({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState("");
  const submit = async (e: Event) => {
    e.preventDefault();
    try {
      await put("/v1/me/password", { password: text });
      toast(t("password.done"));
      onClose();
    } catch (error) {
      setWrong(told(error));
    }
  };
  return (
    <Dialog title={t("password.set")} onClose={onClose}>
      <form class="stack" onSubmit={(e) => void submit(e)}>
        <input type="text" hidden autocomplete="username" value={session.me.value?.login ?? ""} readOnly />
        <Field label={t("password.new")} hint={t("password.hint")} error={wrong || undefined}>
          {(given) => <input type="password" {...given} required minLength={12} maxLength={256} autocomplete="new-password" value={text} onInput={(e) => setText(e.currentTarget.value)} />}
        </Field>
        <div class="dialog-foot">
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button kind="primary" submit>
            {t("save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function SetTotp(p: { start: { secret: string; uri: string }; onClose: () => void; onDone: (codes: string[]) => void }) {
  const { data: QrCode } = useFetched(async () => (await import("../ui/qr")).QrCode, []);
  const [code, setCode] = useState("");
  const [wrong, setWrong] = useState("");
  const submit = async (e: Event) => {
    e.preventDefault();
    try {
      p.onDone((await put<{ recovery_codes: string[] }>("/v1/me/totp", { code: code.trim() })).recovery_codes);
    } catch (error) {
      setWrong(error instanceof Problem && error.status === 401 ? t("code.wrong") : told(error));
    }
  };
  return (
    <Dialog title={t("totp")} onClose={p.onClose}>
      <form class="stack" onSubmit={(e) => void submit(e)}>
        <p>{t("totp.text")}</p>
        <div class="qr-place">{QrCode ? <QrCode text={p.start.uri} label={t("totp.qr")} /> : null}</div>
        <output class="secret" aria-label={t("totp.secret")}>
          {p.start.secret.replace(/(.{4})/g, "$1 ")}
        </output>
        <div class="buttons">
          <Button icon="copy" onClick={() => void copyText(p.start.secret)}>
            {t("copy")}
          </Button>
          <a class="button" href={p.start.uri}>
            {t("totp.open")}
          </a>
        </div>
        <Field label={t("code")} error={wrong || undefined}>
          {(given) => <input type="text" inputMode="numeric" autocomplete="one-time-code" {...given} required value={code} onInput={(e) => setCode(e.currentTarget.value)} />}
        </Field>
        <div class="dialog-foot">
          <Button onClick={p.onClose}>{t("cancel")}</Button>
          <Button kind="primary" submit>
            {t("factor.set")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Sessions() {
  const found = useFetched((signal) => get<{ sessions: Session[] }>("/v1/sessions", undefined, signal), []);
  const run = (how: Promise<unknown>) =>
    void how.then(() => {
      toast(t("session.ended"));
      found.again();
    }, fail);
  return (
    <section class="card stack">
      <div class="row between flow">
        <h2>{t("sessions")}</h2>
        <Button onClick={() => run(del("/v1/sessions"))}>{t("session.end_others")}</Button>
      </div>
      <Loaded from={found} lines={2}>
        {({ sessions }) => (
          <ul role="list" class="stack tight">
            {sessions.map((each) => (
              <li key={each.id} class="row between">
                <span>
                  {each.agent || t("unknown")} {each.current ? <span class="chip good">{t("session.here")}</span> : null}
                  <span class="muted small block">
                    {each.network} · {t("key.used", { when: relative(each.seen_at) })}
                  </span>
                </span>
                {each.current ? null : <Button onClick={() => run(del(path`/v1/sessions/${each.id}`))}>{t("session.end")}</Button>}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </section>
  );
}

interface Delegate {
  login: string;
  may_write: boolean;
  expires_at: string | null;
}

function Delegates() {
  const scope = session.me.value!.scope;
  const found = useFetched((signal) => get<{ delegates: Delegate[] }>(path`/v1/delegates/${scope}`, undefined, signal), [scope]);
  const [login, setLogin] = useState("");
  const [wrong, setWrong] = useState("");
  const mine = session.mayWrite.value && !session.shared.value; // a delegate gives nothing on
  const add = async (e: Event) => {
    e.preventDefault();
    setWrong("");
    try {
      await put(path`/v1/delegates/${scope}`, { login: login.trim() });
      setLogin("");
      found.again();
    } catch (error) {
      setWrong(told(error));
    }
  };
  return (
    <section class="card stack">
      <h2>{t("delegates")}</h2>
      <p class="muted small">{t("delegates.about")}</p>
      <Loaded from={found} lines={1}>
        {({ delegates }) => (
          <ul role="list" class="stack tight">
            {delegates.map((each) => (
              <li key={each.login} class="row between">
                <span>
                  {each.login} {each.may_write ? null : <span class="chip">{t("key.reads")}</span>}
                  {each.expires_at ? <span class="muted small"> · {dayDate(each.expires_at)}</span> : null}
                </span>
                {mine ? <Button kind="quiet" icon="bin" label={t("entry.remove", { pattern: each.login })} onClick={() => void del(path`/v1/delegates/${scope}`, { login: each.login }).then(found.again, fail)} /> : null}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      {mine ? (
        <form class="stack tight" onSubmit={(e) => void add(e)}>
          <Field label={t("delegate.login")} error={wrong || undefined}>
            {(given) => <input type="text" inputMode="email" {...given} required autocapitalize="none" spellcheck={false} value={login} onInput={(e) => setLogin(e.currentTarget.value)} />}
          </Field>
          <div>
            <Button submit icon="plus">
              {t("delegate.add")}
            </Button>
          </div>
        </form>
      ) : null}
    </section>
  );
}

interface Disclosure {
  at: string;
  actor: string;
  channel: string;
  what: string;
  subject: string;
  reason: string;
}

function Disclosures() {
  const found = useFetched((signal) => get<{ disclosures: Disclosure[] }>("/v1/disclosures", undefined, signal), []);
  return (
    <section class="card stack">
      <h2>{t("disclosures")}</h2>
      <p class="muted small">{t("disclosures.about")}</p>
      <Loaded from={found} lines={2}>
        {({ disclosures }) =>
          disclosures.length ? (
            <ul role="list" class="stack tight">
              {disclosures.map((each, i) => (
                <li key={i}>
                  <strong>{each.actor}</strong>{" "}
                  {each.what === "opened" ? <a href={href(["log", each.subject])}>{t("disclosed.opened")}</a> : t(`disclosed.${each.what}`, { subject: each.subject })} <span class="muted small">{mediumDate(each.at)}</span>
                  {each.reason ? <div class="wrap">“{each.reason}”</div> : null}
                </li>
              ))}
            </ul>
          ) : (
            <p class="muted">{t("disclosures.none")}</p>
          )
        }
      </Loaded>
    </section>
  );
}
