/** How the installation is doing: queues, lessons, dead letters. */
import { get, path, post } from "../api";
import { dayDate, number, t } from "../i18n";
import { isOperator, mayWrite, scope } from "../session";
import { Button, Loaded, Table, tellFailure, toast, useFetched } from "../ui/parts";
import { Page } from "./page";

interface Status {
  scope: string;
  queues: Record<string, { waiting: number; dead: number }>;
  lessons_pending: number;
  lessons_applied: number;
  lessons_parked: number;
  model: string | null;
}

export function StatusPage() {
  const found = useFetched((signal) => get<Status>("/v1/status", undefined, signal), [scope.value]);
  const redrive = async (queue: string) => {
    try {
      const { moved } = await post<{ moved: number }>(path`/v1/queues/${queue}/redrive`, { limit: 1000 });
      toast(t("redrive.done", { n: moved }));
      found.again();
    } catch (error) {
      tellFailure(error);
    }
  };
  return (
    <Page name="status" about={t("status.about")} actions={<Button icon="refresh" onClick={found.again}>{t("refresh")}</Button>}>
      <Loaded from={found}>
        {(status) => (
          <>
            <div class="tiles figures">
              <Figure label={t("status.pending")} value={status.lessons_pending} />
              <Figure label={t("status.applied")} value={status.lessons_applied} />
              <Figure label={t("status.parked")} value={status.lessons_parked} />
            </div>
            {Object.keys(status.queues).length ? (
              <section class="card">
                <h2>{t("status.queues")}</h2>
                <Table heads={[t("queue"), { number: t("queue.waiting") }, { number: t("queue.dead") }]}>
                  {Object.entries(status.queues).map(([name, depth]) => (
                    <tr key={name}>
                      <td>
                        <strong>{t(`queue.${name}`)}</strong>
                      </td>
                      <td class="num" data-label={t("queue.waiting")}>
                        {number(depth.waiting)}
                      </td>
                      <td class="num" data-label={t("queue.dead")}>
                        {depth.dead ? <span class="chip bad">{number(depth.dead)}</span> : number(0)}
                      </td>
                      <td class="act">
                        {isOperator.value && mayWrite.value && depth.dead ? <Button onClick={() => void redrive(name)}>{t("redrive")}</Button> : null}
                      </td>
                    </tr>
                  ))}
                </Table>
              </section>
            ) : null}
          </>
        )}
      </Loaded>
      <Counts />
    </Page>
  );
}

interface Tally {
  day: string | null;
  received: number;
  delivered: number;
  held: number;
  released: number;
  removed: number;
  expired: number;
  failed: number;
  in_flight: number;
  adds_up: boolean;
}
const PLACES = ["delivered", "held", "released", "removed", "expired", "failed", "in_flight"] as const;

/** Everything that was accepted is in exactly one place: the figures say so, or say that they do not. */
function Counts() {
  const found = useFetched((signal) => get<{ total: Tally; days: Tally[] }>("/v1/ledger", { scope: scope.value, days: 7 }, signal), [scope.value]);
  return (
    <Loaded from={found} lines={3}>
      {({ total, days }) => (
        <section class="card stack tight">
          <div class="row between flow">
            <h2>{t("ledger")}</h2>
            <span class={`chip ${total.adds_up ? "good" : "bad"}`}>{t(total.adds_up ? "ledger.adds_up" : "ledger.gap")}</span>
          </div>
          <div class="scrolls" tabIndex={0} role="region" aria-label={t("ledger")}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t("statistics.day")}</th>
                  <th scope="col" class="num">
                    {t("ledger.received")}
                  </th>
                  {PLACES.map((place) => (
                    <th key={place} scope="col" class="num">
                      {t(`ledger.${place}`)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {[total, ...days].map((tally) => (
                  <tr key={tally.day ?? ""}>
                    <td>{tally.day ? dayDate(tally.day) : t("ledger.all")}</td>
                    <td class="num">{number(tally.received)}</td>
                    {PLACES.map((place) => (
                      <td key={place} class="num">
                        {number(tally[place])}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
      )}
    </Loaded>
  );
}

export function Figure({ label, value }: { label: string; value: number | string }) {
  return (
    <div class="card figure">
      <span class="figure-value">{typeof value === "number" ? number(value) : value}</span>
      <span class="muted small">{label}</span>
    </div>
  );
}
