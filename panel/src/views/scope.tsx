/** Whose mail is shown: an administrator may look at less than everything. */
import { useState } from "preact/hooks";
import { t } from "../i18n";
import * as session from "../session";
import { Button, Dialog, Field, tellFailure } from "../ui/parts";
import { Icon } from "../ui/icon";

export const scopeName = (scope: string): string => (scope === "global" ? t("level.global") : scope);

export function ScopeChooser() {
  const [open, setOpen] = useState(false);
  const me = session.me.value!;
  if (me.level === "recipient" && me.scopes.length < 2) return null;
  return (
    <>
      <button type="button" class="button scope-button" onClick={() => setOpen(true)} aria-label={`${t("scope.whose")}: ${scopeName(session.scope.value)}`}>
        <Icon name="people" />
        <span class="cut">{scopeName(session.scope.value)}</span>
        <Icon name="down" />
      </button>
      {open ? <Choose onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function Choose(p: { onClose: () => void }) {
  const me = session.me.value!;
  const own = session.home.value;
  const [text, setText] = useState(session.chosenScope.value);
  const [wrong, setWrong] = useState("");
  const take = (scope: string) => {
    p.onClose();
    session.choose(scope).catch(tellFailure);
  };
  const submit = (e: Event) => {
    e.preventDefault();
    const wanted = text.trim().toLowerCase();
    if (!wanted) return take(own);
    const inside = me.level === "global" || wanted === own || wanted.endsWith(`@${own}`);
    if (!inside) return setWrong(t("scope.outside", { scope: own }));
    if (!/^[^\s@]+@[^\s@]+$|^[^\s@]+\.[^\s@]+$/.test(wanted)) return setWrong(t("scope.malformed"));
    take(wanted);
  };
  return (
    <Dialog title={t("scope.whose")} onClose={p.onClose}>
      {me.scopes.length > 1 ? (
        <div class="stack tight" role="group" aria-label={t("scope.given")}>
          <p class="hint">{t("scope.given")}</p>
          {me.scopes.map((each) => (
            <Button key={each} kind="full" icon={each === session.scope.value ? "check" : "user"} pressed={each === session.scope.value} onClick={() => take(each)}>
              {scopeName(each)}
            </Button>
          ))}
        </div>
      ) : null}
      {me.level === "recipient" ? null : (
      <form class="stack" onSubmit={submit}>
        <Field label={t(me.level === "global" ? "scope.field.global" : "scope.field.domain")} hint={t("scope.hint")} error={wrong || undefined}>
          {(given) => (
            <input type="text" {...given} value={text} autofocus autocomplete="off" autocapitalize="none" spellcheck={false} onInput={(e) => setText(e.currentTarget.value)} />
          )}
        </Field>
        <div class="dialog-foot">
          <Button onClick={() => take(own)}>{t("scope.all", { scope: scopeName(own) })}</Button>
          <Button kind="primary" submit>
            {t("scope.show")}
          </Button>
        </div>
      </form>
      )}
    </Dialog>
  );
}
