/** Accounts: who may sign in, for what. */
import { useState } from "preact/hooks";
import { del, patch, path, post } from "../api";
import { relative, t } from "../i18n";
import * as session from "../session";
import { Button, Check, Dialog, Empty, Field, Loaded, Menu, type MenuEntry, question, ShowMore, Table, tellFailure, toast, usePages, wordsOf } from "../ui/parts";
import { Page } from "./page";
import { scopeName } from "./scope";

interface User {
  login: string;
  scope: string;
  level: string;
  mail: string;
  name: string;
  may_write: boolean;
  disabled: boolean;
  second_factor: boolean;
  has_second_factor: boolean;
  has_password: boolean;
  used_at: string | null;
}

export function People() {
  const { scope, mayWrite } = session;
  const found = usePages<User>("/v1/users", "users", { scope: scope.value, limit: 100 });
  const [adding, setAdding] = useState(false);
  const [acting, setActing] = useState<User | null>(null);
  const change = async (user: User, part: Partial<User>) => {
    try {
      await patch(path`/v1/users/${user.login}`, part);
      found.again();
      toast(t("user.changed"));
    } catch (error) {
      tellFailure(error);
    }
  };
  const ask = (title: string, text: string, verb: string, run: () => Promise<unknown>) => {
    question.value = { title, text, verb, danger: true, yes: () => void run().then(found.again, tellFailure) };
  };
  const entries = (user: User): (MenuEntry | null)[] => [
    { label: t(user.second_factor ? "user.second.off" : "user.second.on"), icon: "shield", onPick: () => void change(user, { second_factor: !user.second_factor }) },
    { label: t(user.may_write ? "user.reads" : "user.writes"), icon: "key", onPick: () => void change(user, { may_write: !user.may_write }) },
    { label: t(user.disabled ? "user.enable" : "user.disable"), icon: "block", onPick: () => void change(user, { disabled: !user.disabled }) },
    ...(session.me.value?.login && !session.me.value.acting_as ? [{ label: t("user.act"), icon: "user", onPick: () => setActing(user) }] : []),
    null,
    { label: t("user.reset"), icon: "undo", onPick: () => ask(t("user.reset"), t("user.reset.text", { login: user.login }), t("user.reset"), () => post(path`/v1/resets/${user.login}`)) },
    { label: t("user.delete"), icon: "bin", kind: "danger", onPick: () => ask(t("user.delete"), t("user.delete.text", { login: user.login }), t("user.delete"), () => del(path`/v1/users/${user.login}`)) },
  ];
  return (
    <Page
      name="people"
      about={t("people.about", { scope: scopeName(scope.value) })}
      scoped
      actions={
        mayWrite.value ? (
          <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>
            {t("user.add")}
          </Button>
        ) : null
      }
    >
      <Loaded from={found}>
        {({ rows }) => {
          if (!rows.length) {
            return (
              <div class="card">
                <Empty icon="user" title={t("people.none")}>
                  <p>{t("people.none.text")}</p>
                </Empty>
              </div>
            );
          }
          return (
            <section class="card stack">
              <Table caption={t("nav.people")} heads={[t("user.login"), t("user.scope"), t("user.state")]}>
                {rows.map((user) => (
                  <tr key={user.login}>
                    <td>
                      <strong>{user.login}</strong>
                      {user.name ? <div class="muted small">{user.name}</div> : null}
                    </td>
                    <td>{scopeName(user.scope)}</td>
                    <td>
                      <span class="row flow">
                        {user.disabled ? <span class="chip bad">{t("user.disabled")}</span> : null}
                        {user.may_write ? null : <span class="chip">{t("key.reads")}</span>}
                        {user.has_second_factor ? <span class="chip good">{t("user.second")}</span> : user.second_factor ? <span class="chip warn">{t("user.second.missing")}</span> : null}
                        <span class="muted small">{user.used_at ? t("key.used", { when: relative(user.used_at) }) : t("user.never")}</span>
                      </span>
                    </td>
                    <td class="act">{mayWrite.value ? <Menu label={t("user.more", { login: user.login })} icon="more" kind="quiet" entries={entries(user)} /> : null}</td>
                  </tr>
                ))}
              </Table>
              <ShowMore from={found} />
            </section>
          );
        }}
      </Loaded>
      {adding ? (
        <Add
          onClose={() => setAdding(false)}
          onDone={() => {
            setAdding(false);
            found.again();
          }}
        />
      ) : null}
      {acting ? <ActAs user={acting} onClose={() => setActing(null)} /> : null}
    </Page>
  );
}

function Add(p: { onClose: () => void; onDone: () => void }) {
  const [login, setLogin] = useState("");
  const [scope, setScope] = useState("");
  const [name, setName] = useState("");
  const [second, setSecond] = useState(false);
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (e: Event) => {
    e.preventDefault();
    setBusy(true);
    try {
      await post("/v1/users", { login: login.trim(), name: name.trim(), second_factor: second, ...(scope.trim() ? { scope: scope.trim() } : {}) });
      toast(t("user.added", { login: login.trim() }));
      p.onDone();
    } catch (error) {
      setWrong(wordsOf(error));
      setBusy(false);
    }
  };
  return (
    <Dialog title={t("user.add")} onClose={p.onClose}>
      <form class="stack" onSubmit={(e) => void submit(e)}>
        <Field label={t("user.login")} hint={t("user.login.hint")} error={wrong || undefined}>
          {(given) => <input type="text" {...given} required autofocus autocapitalize="none" spellcheck={false} value={login} onInput={(e) => setLogin(e.currentTarget.value)} />}
        </Field>
        <Field label={t("user.scope")} hint={t("user.scope.hint")}>
          {(given) => <input type="text" {...given} autocapitalize="none" spellcheck={false} value={scope} onInput={(e) => setScope(e.currentTarget.value)} />}
        </Field>
        <Field label={t("user.name")}>{(given) => <input type="text" {...given} maxLength={80} value={name} onInput={(e) => setName(e.currentTarget.value)} />}</Field>
        <Check checked={second} onChange={setSecond}>
          {t("user.second.must")}
        </Check>
        <div class="dialog-foot">
          <Button onClick={p.onClose}>{t("cancel")}</Button>
          <Button kind="primary" submit busy={busy}>
            {t("user.add")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function ActAs({ user, onClose }: { user: User; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const [wrong, setWrong] = useState("");
  const submit = async (e: Event) => {
    e.preventDefault();
    try {
      await session.become(post("/v1/session/as", { scope: user.scope, reason: reason.trim() }));
      onClose();
      location.hash = "#/incoming";
    } catch (error) {
      setWrong(wordsOf(error));
    }
  };
  return (
    <Dialog title={t("user.act")} onClose={onClose}>
      <form class="stack" onSubmit={(e) => void submit(e)}>
        <p>{t("user.act.text", { login: user.login })}</p>
        <Field label={t("reason.label")} error={wrong || undefined}>
          {(given) => <input type="text" {...given} required maxLength={200} value={reason} onInput={(e) => setReason(e.currentTarget.value)} />}
        </Field>
        <div class="dialog-foot">
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button kind="primary" submit>
            {t("user.act.go")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
