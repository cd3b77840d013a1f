/** The frame: who is here, where one can go, what is shown. */
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { language, LANGUAGES, t } from "./i18n";
import { href, section } from "./router";
import * as session from "./session";
import { HELP, helpOpen } from "./keys";
import { Icon } from "./ui/icon";
import { Button, Dialog, Loaded, Menu, Question, tellFailure, Toasts, useFetched } from "./ui/parts";
import { del } from "./api";
import { VIEWS, type View } from "./views/all";
import { SignIn } from "./views/signin";
import { ScopeChooser, scopeName } from "./views/scope";

const offline = signal(!navigator.onLine);
addEventListener("online", () => (offline.value = false));
addEventListener("offline", () => (offline.value = true));

export function App() {
  void language.value;
  if (!session.ready.value) {
    return (
      <div class="door" role="status">
        <span class="spin" />
        <span class="sr">Pratique</span>
      </div>
    );
  }
  return (
    <>
      {session.me.value ? <Shell /> : <SignIn />}
      <div role="status">
        {offline.value ? (
          <div class="offline">
            <Icon name="offline" /> {t("network.off")}
          </div>
        ) : null}
      </div>
      <Toasts />
      <Question />
    </>
  );
}

function Shell() {
  const wanted = session.me.value?.second_factor?.needed ? "account" : section.value; // nothing else is answered before it is set up
  const here = VIEWS.find((v) => v.key === wanted && v.shown()) ?? VIEWS[0]!;
  const [drawer, setDrawer] = useState(false);
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    setDrawer(false);
    if (!first.current) main.current?.focus();
    first.current = false;
  }, [here.key]);
  const Body = here.body;
  return (
    <div class="shell">
      <a
        class="button skip"
        href="#main"
        onClick={(e) => {
          e.preventDefault();
          main.current?.focus();
        }}
      >
        {t("skip")}
      </a>
      {session.me.value?.acting_as ? <Acting /> : null}
      <header class="topbar">
        <Button kind="quiet" icon="menu" label={t("menu")} onClick={() => setDrawer(true)} />
        <span class="brand grow cut">{here.group === "mail" && here.key !== "statistics" ? t(`nav.${here.key}`) : "Pratique"}</span>
        <ScopeChooser />
      </header>
      <nav class="side" aria-label={t("nav")}>
        <Side here={here} />
      </nav>
      {drawer ? (
        <Dialog title={t("menu")} kind="drawer" onClose={() => setDrawer(false)}>
          <nav class="side" aria-label={t("nav")} onClick={(e) => (e.target as Element).closest("a") && setDrawer(false)}>
            <Side here={here} />
          </nav>
        </Dialog>
      ) : null}
      <main class="main" id="main" ref={main} tabIndex={-1} aria-label={t(`nav.${here.key}`)}>
        <Lazily key={here.key} load={Body} />
      </main>
      {helpOpen.value ? <Help /> : null}
    </div>
  );
}

function Lazily(p: { load: View["body"] }) {
  const part = useFetched(() => p.load(), [p.load]);
  return (
    <Loaded from={part}>
      {(Component) => <Component />}
    </Loaded>
  );
}

function Side(p: { here: View }) {
  const me = session.me.value!;
  const groups = ["mail", "rules", "run"] as const;
  return (
    <>
      <a class="brand" href={href(["incoming"])}>
        <img src="./icon.svg" alt="" />
        Pratique
      </a>
      {groups.map((group) => {
        const views = VIEWS.filter((v) => v.group === group && v.shown());
        if (!views.length) return null;
        return (
          <div key={group}>
            <h2 class="nav-title">{t(`group.${group}`)}</h2>
            <ul role="list">
              {views.map((v) => (
                <li key={v.key}>
                  <a class="nav-link" href={href([v.key])} aria-current={v.key === p.here.key ? "page" : undefined}>
                    <Icon name={v.icon} />
                    {t(`nav.${v.key}`)}
                  </a>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
      <div class="side-foot">
        <Menu
          label={t("account")}
          kind="quiet who"
          icon="user"
          up
          start
          text={
            <span class="grow">
              <span class="cut who-name">{scopeName(session.home.value)}</span>
              <span class="cut muted small who-name">{me.name || me.login || me.actor.replace(/^\w+:/, "")}</span>
            </span>
          }
          entries={[
            ...(["auto", "light", "dark"] as const).map((name) => ({
              label: t(`theme.${name}`),
              checked: session.theme.value === name,
              onPick: () => session.setTheme(name),
            })),
            null,
            ...Object.entries(LANGUAGES).map(([code, name]) => ({
              label: name,
              checked: language.value === code,
              onPick: () => void session.chooseLanguage(code),
            })),
            null,
            {
              label: t("keys.use"),
              checked: session.shortcuts.value,
              onPick: () => session.setShortcuts(!session.shortcuts.value),
            },
            { label: t("keys.title"), icon: "keyboard", shortcut: "?", onPick: () => (helpOpen.value = true) },
            { label: t("signout"), icon: "exit", onPick: () => void session.leave() },
          ]}
        />
      </div>
    </>
  );
}

/** Somebody else's eyes: always to be seen, and ended with one press. */
function Acting() {
  const end = () => session.become(del("/v1/session/as")).catch(tellFailure);
  return (
    <div class="acting" role="status">
      <Icon name="user" />
      <span>{t("acting", { scope: session.me.value!.acting_as! })}</span>
      <Button onClick={() => void end()}>{t("acting.end")}</Button>
    </div>
  );
}

function Help() {
  return (
    <Dialog title={t("keys.title")} onClose={() => (helpOpen.value = false)}>
      <div class="stack">
        <table>
          <tbody>
            {HELP.map(([keys, text]) => (
              <tr key={text}>
                <td>
                  {keys.map((k, i) => (
                    <>
                      {i ? " " : ""}
                      <kbd>{k}</kbd>
                    </>
                  ))}
                </td>
                <td>{t(text)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <p class="muted small">{t("keys.note")}</p>
      </div>
    </Dialog>
  );
}
