/** Who sends: logins and the senders they use, with their counts and locks. */
import { useState } from "preact/hooks";
import { post } from "../api";
import { mediumDate, number, relative, t } from "../i18n";
import { mayWrite, scope } from "../session";
import { Button, Empty, Loaded, ShowMore, Table, tellFailure, toast, usePages } from "../ui/parts";
import { Page } from "./page";
import { scopeName } from "./scope";

interface Identity {
  user: string;
  sender: string;
  locked: boolean;
  locked_until: string | null;
  reason: string;
  locked_by: string;
  minute: number;
  hour: number;
  day: number;
  refused: number;
  last_sent_at: string | null;
}

export function IdentitiesPage() {
  const [locked, setLocked] = useState(false);
  const everything = scope.value === "global"; // of everything only the locked ones are listed
  const found = usePages<Identity>("/v1/identities", "identities", { scope: scope.value, locked: locked || everything || null, limit: 100 });
  const act = async (each: Identity) => {
    try {
      await post(`/v1/identities/${each.locked ? "unlock" : "lock"}`, { user: each.user, sender: each.sender });
      toast(t(each.locked ? "identity.unlocked" : "identity.locked"));
      found.again();
    } catch (error) {
      tellFailure(error);
    }
  };
  return (
    <Page name="identities" about={t("identities.about", { scope: scopeName(scope.value) })} scoped>
      <Loaded from={found}>
        {({ rows }) => {
          return (
            <section class="card stack">
              <label class="check">
                <input type="checkbox" checked={locked || everything} disabled={everything} onChange={(e) => setLocked(e.currentTarget.checked)} />
                <span>{t("identities.only_locked")}</span>
              </label>
              {rows.length ? (
                <Table caption={t("nav.identities")} heads={[t("identity"), { number: t("identity.sent") }, t("user.state")]}>
                  {rows.map((each) => (
                    <tr key={`${each.user} ${each.sender}`}>
                      <td>
                        <strong>{each.sender || "<>"}</strong>
                        <div class="muted small">{each.user}</div>
                      </td>
                      <td class="num" data-label={t("identity.sent")}>
                        {[each.minute, each.hour, each.day].map((n) => number(n)).join(" / ")}
                        {each.refused ? <div class="small">{t("identity.refused", { n: each.refused })}</div> : null}
                      </td>
                      <td>
                        {each.locked ? (
                          <>
                            <span class="chip bad">{t("identity.is_locked")}</span>
                            <div class="muted small">
                              {each.reason} {each.locked_until ? mediumDate(each.locked_until) : ""}
                            </div>
                          </>
                        ) : (
                          <span class="muted small">{each.last_sent_at ? t("key.used", { when: relative(each.last_sent_at) }) : ""}</span>
                        )}
                      </td>
                      <td class="act">{mayWrite.value ? <Button onClick={() => void act(each)}>{t(each.locked ? "identity.unlock" : "identity.lock")}</Button> : null}</td>
                    </tr>
                  ))}
                </Table>
              ) : (
                <Empty icon="outbox" title={t("identities.none")} />
              )}
              <ShowMore from={found} />
            </section>
          );
        }}
      </Loaded>
    </Page>
  );
}
