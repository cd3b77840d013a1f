/** Who changed what, the newest first; what can be taken back can be taken back here. */
import { path, post } from "../api";
import { fullDate, has, mediumDate, t } from "../i18n";
import { mayWrite, scope } from "../session";
import { Button, Empty, Loaded, question, ShowMore, toast, usePages, wordsOf } from "../ui/parts";
import { Page } from "./page";
import { scopeName } from "./scope";

interface Entry {
  seq: number;
  at: string;
  actor: string;
  channel: string;
  scope: string;
  action: string;
  subject: string;
  action_id: string;
}

export function Audit() {
  const found = usePages<Entry>("/v1/audit", "entries", { scope: scope.value, limit: 100 });
  const undo = (entry: Entry) => {
    question.value = {
      title: t("undo"),
      text: t("audit.undo.text", { what: `${entry.action} ${entry.subject}`.slice(0, 120) }),
      verb: t("undo"),
      yes: () =>
        void post<{ parts: { outcome: string }[] }>(path`/v1/actions/${entry.action_id}/undo`).then(
          ({ parts }) => {
            toast(t(parts.some((p) => p.outcome !== "undone") ? "undo.partly" : "undo.done"));
            found.again();
          },
          (error: unknown) => toast(wordsOf(error), { bad: true }),
        ),
    };
  };
  const recent = (entry: Entry) => Date.now() - Date.parse(entry.at) < 72 * 3_600_000;
  return (
    <Page name="audit" about={t("audit.about", { scope: scopeName(scope.value) })} scoped>
      <Loaded from={found} lines={8}>
        {({ rows }) => {
          return (
            <section class="card stack">
              {rows.length ? (
                <table class="cards">
                  <caption class="sr">{t("nav.audit")}</caption>
                  <thead>
                    <tr>
                      <th scope="col">{t("audit.when")}</th>
                      <th scope="col">{t("audit.who")}</th>
                      <th scope="col">{t("audit.what")}</th>
                      <th scope="col">
                        <span class="sr">{t("actions")}</span>
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {rows.map((entry, i) => (
                      <tr key={`${entry.seq} ${i}`}>
                        <td class="small">
                          <time dateTime={entry.at} title={fullDate(entry.at)}>
                            {mediumDate(entry.at)}
                          </time>
                        </td>
                        <td>
                          {entry.actor}
                          <div class="muted small">{has(`channel.${entry.channel}`) ? t(`channel.${entry.channel}`) : entry.channel}</div>
                        </td>
                        <td>
                          <code>{entry.action}</code>
                          <div class="muted small wrap">{entry.subject}</div>
                        </td>
                        <td class="act">
                          {mayWrite.value && entry.action_id && recent(entry) ? (
                            <Button icon="undo" onClick={() => undo(entry)}>
                              {t("undo")}
                            </Button>
                          ) : null}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              ) : (
                <Empty icon="log" title={t("audit.none")} />
              )}
              <ShowMore from={found} />
            </section>
          );
        }}
      </Loaded>
    </Page>
  );
}
