/** The door. */
import { useState } from "preact/hooks";
import { Problem } from "../api";
import { language, LANGUAGES, t } from "../i18n";
import * as session from "../session";
import { Button, Field, useTitle, wordsOf } from "../ui/parts";

export function Brand() {
  return (
    <div class="brand">
      <img src="./icon.svg" alt="" />
      Pratique
    </div>
  );
}

export function SignIn() {
  useTitle(t("signin"));
  return (
    <main class="door">
      <div class="door-inner">
        <Brand />
        <div class="stack tight">
          <h1>{t("signin")}</h1>
          <p class="muted">{t("signin.what")}</p>
        </div>
        <ByToken />
        <DoorFoot />
      </div>
    </main>
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
    <form class="card stack" onSubmit={(e) => void submit(e)}>
      <Field label={t("token.label")} hint={t("token.hint")} error={wrong || undefined}>
        {(given) => (
          <input type="password" {...given} autocomplete="off" spellcheck={false} value={text} onInput={(e) => setText(e.currentTarget.value)} />
        )}
      </Field>
      <Button kind="primary full" submit busy={busy}>
        {t("signin.go")}
      </Button>
    </form>
  );
}

export function DoorFoot() {
  return (
    <div class="door-foot">
      <label class="row">
        <span class="sr">{t("language")}</span>
        <select value={language.value} onChange={(e) => void session.chooseLanguage(e.currentTarget.value)}>
          {Object.entries(LANGUAGES).map(([code, name]) => (
            <option value={code} key={code}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label class="row">
        <span class="sr">{t("theme")}</span>
        <select value={session.theme.value} onChange={(e) => session.setTheme(e.currentTarget.value as session.Theme)}>
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
