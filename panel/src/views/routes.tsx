/** Where mail goes on to: the next hop of each domain. */
import { useState } from "preact/hooks";
import { del, get, path, put } from "../api";
import { t } from "../i18n";
import { isOperator, me, mayWrite } from "../session";
import { Button, Dialog, Empty, Field, Loaded, Note, question, Table, tellFailure, toast, useFetched, wordsOf } from "../ui/parts";
import { Page } from "./page";

interface Route {
  domain: string;
  kind: string;
  host: string;
  port: number;
  tls: string;
  credentials: string;
  sender: string;
}

const KINDS = ["mailmanager-relay", "smtp", "ses-rewritten", "ses-wrapped"];
const TLS = ["required", "unverified", "optional", "implicit", "none"];

interface Named {
  kinds: string[];
  tls: string[];
}
async function named(signal: AbortSignal): Promise<Named> {
  const document = await get<{ components: { schemas: Record<string, { enum?: string[] }> } }>("/v1/openapi.json", undefined, signal);
  const of = (name: string, other: string[]) => document.components.schemas[name]?.enum ?? other;
  return { kinds: of("RouteKind", KINDS), tls: of("Tls", TLS) };
}

export function Routes() {
  const found = useFetched((signal) => get<{ routes: Route[] }>("/v1/routes", undefined, signal), []);
  const [edited, setEdited] = useState<Route | null>(null);
  const fresh: Route = { domain: isOperator.value ? "" : me.value!.scope, kind: "smtp", host: "", port: 587, tls: "required", credentials: "", sender: "" };
  const forget = (route: Route) => {
    question.value = {
      title: t("route.forget", { domain: route.domain }),
      text: t("route.forget.text"),
      verb: t("route.forget.verb"),
      danger: true,
      yes: () =>
        void del(path`/v1/routes/${route.domain}`).then(
          () => {
            found.again();
            toast(t("route.forgotten"), { undo: () => void save(route).then(found.again, tellFailure) });
          },
          tellFailure,
        ),
    };
  };
  return (
    <Page
      name="routes"
      about={t("routes.about")}
      actions={
        mayWrite.value ? (
          <Button kind="primary" icon="plus" onClick={() => setEdited(fresh)}>
            {t("route.add")}
          </Button>
        ) : null
      }
    >
      <Loaded from={found}>
        {({ routes }) =>
          routes.length ? (
            <section class="card">
              <Table caption={t("nav.routes")} heads={[t("route.domain"), t("route.goes")]}>
                {routes.map((route) => (
                  <tr key={route.domain}>
                    <td>
                      <strong>{route.domain === "*" ? t("route.any") : route.domain}</strong>
                    </td>
                    <td>
                      {route.host ? <code>{`${route.host}:${route.port}`}</code> : route.sender}
                      <div class="muted small">
                        {t(`route.kind.${route.kind}`)}
                        {route.host ? ` · TLS: ${t(`route.tls.${route.tls}`)}` : ""}
                      </div>
                    </td>
                    <td class="act">
                      {mayWrite.value ? (
                        <span class="buttons">
                          <Button onClick={() => setEdited(route)}>{t("edit")}</Button>
                          <Button kind="quiet" icon="bin" label={t("route.forget", { domain: route.domain })} onClick={() => forget(route)} />
                        </span>
                      ) : null}
                    </td>
                  </tr>
                ))}
              </Table>
            </section>
          ) : (
            <div class="card">
              <Empty icon="route" title={t("routes.none")}>
                <p>{t("routes.none.text")}</p>
              </Empty>
            </div>
          )
        }
      </Loaded>
      {edited ? (
        <Edit
          route={edited}
          onClose={() => setEdited(null)}
          onDone={() => {
            setEdited(null);
            found.again();
          }}
        />
      ) : null}
    </Page>
  );
}

const save = ({ domain, ...rest }: Route): Promise<unknown> => put(path`/v1/routes/${domain}`, rest);

function Edit(p: { route: Route; onClose: () => void; onDone: () => void }) {
  const [route, setRoute] = useState(p.route);
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const names = useFetched(named, []);
  const change = (part: Partial<Route>) => setRoute((old) => ({ ...old, ...part }));
  const hops = route.kind === "smtp" || route.kind === "mailmanager-relay";
  const submit = async (e: Event) => {
    e.preventDefault();
    setBusy(true);
    try {
      await save({ ...route, domain: route.domain.trim() });
      toast(t("route.saved"));
      p.onDone();
    } catch (error) {
      setWrong(wordsOf(error));
      setBusy(false);
    }
  };
  return (
    <Dialog title={p.route.domain ? t("route.of", { domain: p.route.domain }) : t("route.add")} onClose={p.onClose}>
      <form class="stack" onSubmit={(e) => void submit(e)}>
        <Field label={t("route.domain")} hint={isOperator.value ? t("route.domain.hint") : undefined}>
          {(given) => (
            <input type="text" {...given} required disabled={Boolean(p.route.domain)} value={route.domain} autocapitalize="none" spellcheck={false} onInput={(e) => change({ domain: e.currentTarget.value })} />
          )}
        </Field>
        <Field label={t("route.kind")} hint={t(`route.kind.${route.kind}.hint`)}>
          {(given) => (
            <select {...given} value={route.kind} onChange={(e) => change({ kind: e.currentTarget.value })}>
              {(names.data?.kinds ?? KINDS).map((each) => (
                <option key={each} value={each}>
                  {t(`route.kind.${each}`)}
                </option>
              ))}
            </select>
          )}
        </Field>
        {hops ? (
          <>
            <div class="grid2">
              <Field label={t("route.host")}>
                {(given) => <input type="text" {...given} required value={route.host} autocapitalize="none" spellcheck={false} onInput={(e) => change({ host: e.currentTarget.value })} />}
              </Field>
              <Field label={t("route.port")}>
                {(given) => <input type="number" {...given} required min={1} max={65535} value={route.port} onInput={(e) => change({ port: e.currentTarget.valueAsNumber || 0 })} />}
              </Field>
            </div>
            <Field label="TLS">
              {(given) => (
                <select {...given} value={route.tls} onChange={(e) => change({ tls: e.currentTarget.value })}>
                  {(names.data?.tls ?? TLS).map((each) => (
                    <option key={each} value={each}>
                      {t(`route.tls.${each}`)}
                    </option>
                  ))}
                </select>
              )}
            </Field>
            {route.tls === "none" ? <Note kind="warn">{t("route.tls.warning")}</Note> : null}
            <Field label={t("route.credentials")} hint={t("route.credentials.hint")}>
              {(given) => <input type="text" {...given} value={route.credentials} autocomplete="off" spellcheck={false} onInput={(e) => change({ credentials: e.currentTarget.value })} />}
            </Field>
          </>
        ) : (
          <Field label={t("route.sender")} hint={t("route.sender.hint")}>
            {(given) => <input type="email" {...given} required value={route.sender} onInput={(e) => change({ sender: e.currentTarget.value })} />}
          </Field>
        )}
        {wrong ? (
          <p class="wrong" role="alert">
            {wrong}
          </p>
        ) : null}
        <div class="dialog-foot">
          <Button onClick={p.onClose}>{t("cancel")}</Button>
          <Button kind="primary" submit busy={busy}>
            {t("save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
