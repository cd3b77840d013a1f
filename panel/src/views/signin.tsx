/** The door: a link by mail, or a token. A link that was opened asks for a press of a button, so that scanners use up nothing. */
import { useEffect, useState } from "preact/hooks";
import { get, post, Problem } from "../api";
import { language, LANGUAGES, t } from "../i18n";
import { go, place, section } from "../router";
import * as session from "../session";
import type { SignedIn } from "../types";
import { prove, supported } from "../passkeys";
import { Button, Field, Note, useFetched, useTitle, wordsOf } from "../ui/parts";
import { Doors } from "./laptop";

/** Ways to sign in that this installation has. */
interface Ways {
  link: boolean;
  password: boolean;
  passkey: boolean;
  oidc: string | null;
}

export function Brand() {
  return (
    <div class="brand">
      <img src="./icon.svg" alt="" width="36" height="36" />
      Pratique
    </div>
  );
}

export function SignIn() {
  useTitle(t("signin"));
  const ways = useFetched((signal) => get<Ways>("/v1/session/methods", undefined, signal), []).data;
  const link = section.value === "sign-in" ? (place.value.path[1] ?? "") : "";
  return (
    <main class="door">
      <div class="door-inner">
        <Brand />
        {link ? (
          <ByLink link={link} />
        ) : (
          <>
            <div class="stack tight">
              <h1>{t("signin")}</h1>
              <p class="muted">{t("signin.what")}</p>
            </div>
            <Doors />
            <ByIssuer name={ways?.oidc ?? null} />
            {ways && !ways.link && !ways.password ? null : <ByLogin ways={ways} />}
            <details class="card" open={ways !== undefined && !ways.link && !ways.password}>
              <summary>{t("token.label")}</summary>
              <ByToken />
            </details>
          </>
        )}
        <DoorFoot />
      </div>
    </main>
  );
}

/** One way to sign in, as the API takes it. */
type Proof = Record<string, unknown>;

const refused = (error: unknown): string => {
  if (error instanceof Problem && error.status === 401) return t("signin.refused");
  return wordsOf(error);
};
const keyRefused = (error: unknown): string => (error instanceof DOMException ? t("passkey.failed") : error instanceof Problem && error.status === 401 ? t("passkey.refused") : wordsOf(error));

async function enter(proof: Proof): Promise<void> {
  const done = await post<SignedIn>("/v1/session", proof);
  if (section.value === "sign-in") go("#/incoming", true);
  session.begun(done);
}

async function byPasskey(first: Proof): Promise<void> {
  const { challenge, options } = await post<{ challenge: string; options: Record<string, unknown> }>("/v1/session/passkey");
  const credential = await prove(options);
  await enter({ ...first, passkey: { challenge, credential } });
}

/** The link or password was right, and the account has a second factor. */
function SecondFactor({ proof, onBack }: { proof: Proof; onBack: () => void }) {
  const [code, setCode] = useState("");
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const run = async (how: () => Promise<void>) => {
    setBusy(true);
    setWrong("");
    try {
      await how();
    } catch (error) {
      setWrong(error instanceof Problem && error.status === 401 ? t("code.wrong") : error instanceof DOMException ? t("passkey.failed") : wordsOf(error));
      setBusy(false);
    }
  };
  return (
    <form
      class="card stack"
      onSubmit={(e) => {
        e.preventDefault();
        void run(() => enter({ ...proof, code: code.trim() }));
      }}
    >
      <h1>{t("code.title")}</h1>
      <Field label={t("code")} hint={t("code.hint")} error={wrong || undefined}>
        {(given) => <input type="text" inputMode="numeric" autocomplete="one-time-code" {...given} required autofocus value={code} onInput={(e) => setCode(e.currentTarget.value)} />}
      </Field>
      <Button kind="primary full" submit busy={busy}>
        {t("signin.go")}
      </Button>
      {supported() ? (
        <Button kind="full" icon="key" busy={busy} onClick={() => void run(() => byPasskey(proof))}>
          {t("passkey.use")}
        </Button>
      ) : null}
      <Button kind="quiet full" onClick={onBack}>
        {t("signin.back")}
      </Button>
    </form>
  );
}

function ByLink({ link }: { link: string }) {
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const [more, setMore] = useState(false);
  const open = async () => {
    setBusy(true);
    try {
      await enter({ link });
    } catch (error) {
      if (error instanceof Problem && error.code === "code_needed") setMore(true);
      else setWrong(error instanceof Problem && error.status === 401 ? t("link.over") : wordsOf(error));
      setBusy(false);
    }
  };
  if (more) return <SecondFactor proof={{ link }} onBack={() => setMore(false)} />;
  return (
    <div class="stack">
      <h1>{t("signin")}</h1>
      <p class="muted">{t("link.press")}</p>
      {wrong ? (
        <>
          <Note kind="bad">
            <span role="alert">{wrong}</span>
          </Note>
          <a class="button" href="#/">
            {t("link.another")}
          </a>
        </>
      ) : (
        <Button kind="primary full" busy={busy} onClick={() => void open()}>
          {t("signin.go")}
        </Button>
      )}
    </div>
  );
}

/** Another issuer (OpenID Connect), where the installation has one. It sends the browser back with a code in the address. */
function ByIssuer({ name }: { name: string | null }) {
  const [wrong, setWrong] = useState("");
  const back = new URLSearchParams(location.search);
  const code = back.get("code");
  const state = back.get("state");
  const elsewhere = (error: unknown) => setWrong(error instanceof Problem && error.status !== 401 ? wordsOf(error) : "refused");
  useEffect(() => {
    if (!state) return;
    history.replaceState(null, "", location.pathname); // neither is good twice, and nobody shall find them in the history
    if (code) enter({ oidc: { code, state } }).catch(elsewhere);
    else elsewhere(back.get("error")); // RFC 6749, 4.1.2.1
  }, []);
  if (!name) return null;
  const start = async () => {
    setWrong("");
    try {
      location.assign((await post<{ url: string }>("/v1/session/oidc")).url);
    } catch (error) {
      elsewhere(error);
    }
  };
  return (
    <div class="stack tight">
      <Button kind="full" icon="shield" onClick={() => void start()}>
        {t("signin.with", { name })}
      </Button>
      {wrong ? (
        <p class="wrong" role="alert">
          {wrong === "refused" ? t("signin.with.refused", { name }) : wrong}
        </p>
      ) : null}
    </div>
  );
}

/** By a mailed link, or by a password where one was set; a passkey is enough alone. */
function ByLogin({ ways }: { ways: Ways | undefined }) {
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [withPassword, setWithPassword] = useState(false);
  const [wrong, setWrong] = useState("");
  const [wrongKey, setWrongKey] = useState("");
  const [sent, setSent] = useState(false);
  const [proof, setProof] = useState<Proof | null>(null);
  const [busy, setBusy] = useState(false);
  const byKey = () => byPasskey({});
  const run = async (how: () => Promise<void>) => {
    setBusy(true);
    setWrong("");
    setWrongKey("");
    try {
      await how();
    } catch (error) {
      if (how === byKey) setWrongKey(keyRefused(error));
      else if (error instanceof Problem && error.code === "code_needed") setProof({ login: login.trim(), password });
      else setWrong(error instanceof Problem && error.status === 422 ? t("login.malformed") : refused(error));
    }
    setBusy(false);
  };
  if (proof) return <SecondFactor proof={proof} onBack={() => setProof(null)} />;
  if (sent) {
    return (
      <div class="card stack" role="status">
        <h2>{t("link.sent")}</h2>
        <p>{t("link.sent.text", { login: login.trim() })}</p>
        <Button onClick={() => setSent(false)}>{t("link.other_address")}</Button>
      </div>
    );
  }
  return (
    <form
      class="card stack"
      onSubmit={(e) => {
        e.preventDefault();
        void run(async () => {
          if (withPassword) await enter({ login: login.trim(), password });
          else {
            await post("/v1/session/link", { login: login.trim() });
            setSent(true);
          }
        });
      }}
    >
      <Field label={t("login")} hint={withPassword ? undefined : t("login.hint")} error={wrong || undefined}>
        {(given) => (
          <input type="text" inputMode="email" {...given} required autocomplete="username" autocapitalize="none" spellcheck={false} value={login} onInput={(e) => setLogin(e.currentTarget.value)} />
        )}
      </Field>
      {withPassword ? (
        <Field label={t("password")}>
          {(given) => <input type="password" {...given} required autocomplete="current-password" maxLength={256} value={password} onInput={(e) => setPassword(e.currentTarget.value)} />}
        </Field>
      ) : null}
      <Button kind="primary full" icon={withPassword ? "key" : "mail"} submit busy={busy}>
        {t(withPassword ? "signin.go" : "link.send")}
      </Button>
      <div class="row flow between">
        <Button kind="quiet" onClick={() => setWithPassword(!withPassword)}>
          {t(withPassword ? "signin.by_link" : "signin.by_password")}
        </Button>
        {supported() && ways?.passkey !== false ? (
          <Button kind="quiet" icon="key" busy={busy} onClick={() => void run(byKey)}>
            {t("passkey.use")}
          </Button>
        ) : null}
      </div>
      {wrongKey ? (
        <p class="wrong" role="alert">
          {wrongKey}
        </p>
      ) : null}
    </form>
  );
}

function ByToken() {
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (e: Event) => {
    e.preventDefault();
    const token = text.trim();
    if (!token) return setWrong(t("token.missing"));
    setBusy(true);
    try {
      await session.enterByToken(token);
    } catch (error) {
      setWrong(error instanceof Problem && (error.status === 401 || error.status === 403) ? t("token.wrong") : wordsOf(error));
      setBusy(false);
    }
  };
  return (
    <form class="stack" onSubmit={(e) => void submit(e)}>
      <Field label={t("token.label")} hint={t("token.hint")} error={wrong || undefined}>
        {(given) => <input type="password" {...given} autocomplete="off" spellcheck={false} value={text} onInput={(e) => setText(e.currentTarget.value)} />}
      </Field>
      <Button kind="full" submit busy={busy}>
        {t("token.go")}
      </Button>
    </form>
  );
}

export function DoorFoot() {
  return (
    <div class="door-foot">
      <label>
        <span class="sr">{t("language")}</span>
        <select class="quiet-select" value={language.value} onChange={(e) => void session.chooseLanguage(e.currentTarget.value)}>
          {Object.entries(LANGUAGES).map(([code, name]) => (
            <option value={code} key={code} lang={code}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span class="sr">{t("theme")}</span>
        <select class="quiet-select" value={session.theme.value} onChange={(e) => session.setTheme(e.currentTarget.value as session.Theme)}>
          {(["auto", "light", "dark"] as const).map((name) => (
            <option value={name} key={name}>
              {t(`theme.${name}`)}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
