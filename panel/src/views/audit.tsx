/** Who changed what, the newest first; what can be taken back can be taken back here. */
import { path, post } from "../api";
import { fullDate, has, mediumDate, t } from "../i18n";
import { mayWrite, scope } from "../session";
import { Button, Empty, Loaded, question, ShowMore, Table, tellFailure, toast, usePages } from "../ui/parts";
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
          tellFailure,
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
                <Table caption={t("nav.audit")} heads={[t("audit.when"), t("audit.who"), t("audit.what")]}>
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
                </Table>
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
