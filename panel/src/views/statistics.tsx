/** Figures about the mail of the last days, as small charts: each is a picture with a text, and a table for whoever wants the numbers. */
import { useState } from "preact/hooks";
import { get } from "../api";
import { dayDate, has, mediumDate, number, percent, size, t } from "../i18n";
import { scope } from "../session";
import { Empty, Loaded, Note, useFetched } from "../ui/parts";
import { Page } from "./page";
import { scopeName } from "./scope";
import { Figure } from "./status";

interface Share {
  name: string;
  count: number;
}
interface Statistics {
  since: string;
  messages: number;
  complete: boolean;
  octets: number;
  days: { day: string; statuses: Record<string, number> }[];
  statuses: Record<string, number>;
  verdicts: Record<string, number>;
  scores: number[];
  senders: Share[];
  held_senders: Share[];
  recipients: Share[];
  reasons: Share[];
  held: number;
  held_wrongly: number;
  passed: number;
  missed: number;
  delivery: { p50: number; p90: number; p99: number } | null;
  cost: { total: number; ses: number; message: number };
}

const DAYS = [7, 14, 30];
const HELD = new Set(["quarantined", "rejected", "quarantine-removed", "quarantine-expired", "released", "auto-released"]);

export function StatisticsPage() {
  const [days, setDays] = useState(14);
  const found = useFetched((signal) => get<Statistics>("/v1/statistics", { scope: scope.value, days }, signal), [scope.value, days]);
  return (
    <Page
      name="statistics"
      about={t("statistics.about", { scope: scopeName(scope.value) })}
      scoped
      actions={
        <label>
          <span class="sr">{t("statistics.days")}</span>
          <select value={days} onChange={(e) => setDays(Number(e.currentTarget.value))}>
            {DAYS.map((n) => (
              <option key={n} value={n}>
                {t("days", { n })}
              </option>
            ))}
          </select>
        </label>
      }
    >
      <Loaded from={found} lines={10}>
        {(s) =>
          s.messages ? (
            <Shown s={s} />
          ) : (
            <div class="card">
              <Empty icon="chart" title={t("statistics.none")} />
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}

const rate = (part: number, whole: number): string => (whole ? percent(part / whole, 1) : "–");

function Shown({ s }: { s: Statistics }) {
  return (
    <>
      {s.complete ? null : <Note>{t("statistics.cut", { n: s.messages, when: mediumDate(s.since) })}</Note>}
      <div class="tiles figures">
        <Figure label={t("statistics.messages")} value={s.messages} />
        <Figure label={t("statistics.held")} value={s.held} />
        <Figure label={t("statistics.wrongly")} value={rate(s.held_wrongly, s.held)} />
        <Figure label={t("statistics.missed")} value={rate(s.missed, s.passed)} />
        {s.delivery ? <Figure label={t("statistics.delivery")} value={t("seconds", { n: number(s.delivery.p50, 1) })} /> : null}
        <Figure label={t("statistics.octets")} value={size(s.octets)} />
        <Figure label={t("statistics.cost")} value={`$${number(s.cost.message * 1000, 2)}`} />
      </div>
      <section class="card stack tight">
        <h2>{t("statistics.by_day")}</h2>
        <Days s={s} />
      </section>
      <section class="card stack tight">
        <h2>{t("statistics.scores")}</h2>
        <Columns values={s.scores} name={t("statistics.scores")} label={(i) => `${number(i / 20, 2)}–${number((i + 1) / 20, 2)}`} ends={["0", "1"]} />
      </section>
      <div class="tiles">
        <Top title={t("statistics.senders")} shares={s.senders} />
        <Top title={t("statistics.held_senders")} shares={s.held_senders} />
        <Top title={t("statistics.recipients")} shares={s.recipients} />
        <Top title={t("statistics.reasons")} shares={s.reasons} words={(name) => (has(`held_for.${name}`) ? t(`held_for.${name}`) : has(`signal.${name.split(":")[0]}`) ? t(`signal.${name.split(":")[0]}`) : name)} />
      </div>
    </>
  );
}

function Days({ s }: { s: Statistics }) {
  const days = s.days.map((d) => {
    const all = Object.values(d.statuses).reduce((a, b) => a + b, 0);
    const held = Object.entries(d.statuses).reduce((a, [name, n]) => a + (HELD.has(name) ? n : 0), 0);
    return { day: d.day, all, held };
  });
  const most = Math.max(1, ...days.map((d) => d.all));
  const wide = 1000 / Math.max(days.length, 7);
  return (
    <figure>
      <svg class="chart" viewBox="0 0 1000 160" preserveAspectRatio="none" role="img" aria-label={t("statistics.by_day.text", { n: s.messages, held: s.held })}>
        {days.map((d, i) => (
          <g key={d.day}>
            <rect class="to-ham" x={i * wide + wide * 0.15} width={wide * 0.7} y={160 - (d.all / most) * 155} height={((d.all - d.held) / most) * 155} />
            <rect class="to-spam" x={i * wide + wide * 0.15} width={wide * 0.7} y={160 - (d.held / most) * 155} height={(d.held / most) * 155} />
          </g>
        ))}
      </svg>
      <figcaption class="row between small muted flow">
        <span>{days[0] ? dayDate(days[0].day) : ""}</span>
        <span class="row">
          <span class="key to-ham-back" /> {t("statistics.passed")} <span class="key to-spam-back" /> {t("statistics.held")}
        </span>
        <span>{days.length ? dayDate(days[days.length - 1]!.day) : ""}</span>
      </figcaption>
      <details>
        <summary>{t("statistics.numbers")}</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("statistics.day")}</th>
              <th scope="col" class="num">
                {t("statistics.messages")}
              </th>
              <th scope="col" class="num">
                {t("statistics.held")}
              </th>
            </tr>
          </thead>
          <tbody>
            {days.map((d) => (
              <tr key={d.day}>
                <td>{dayDate(d.day)}</td>
                <td class="num">{number(d.all)}</td>
                <td class="num">{number(d.held)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}

function Columns(p: { values: number[]; name: string; label: (i: number) => string; ends: [string, string] }) {
  const most = Math.max(1, ...p.values);
  const wide = 1000 / p.values.length;
  const text = p.values.map((n, i) => (n ? `${p.label(i)}: ${number(n)}` : "")).filter(Boolean);
  return (
    <figure>
      <svg class="chart low" viewBox="0 0 1000 100" preserveAspectRatio="none" role="img" aria-label={`${p.name}. ${text.join("; ")}`}>
        {p.values.map((n, i) => (
          <rect key={i} class={i >= p.values.length / 2 ? "to-spam" : "to-ham"} x={i * wide + 3} width={wide - 6} y={100 - (n / most) * 98} height={(n / most) * 98} />
        ))}
      </svg>
      <figcaption class="row between small muted">
        <span>
          {p.ends[0]} · {t("why.good")}
        </span>
        <span>
          {t("why.bad")} · {p.ends[1]}
        </span>
      </figcaption>
    </figure>
  );
}

function Top(p: { title: string; shares: Share[]; words?: (name: string) => string }) {
  const most = Math.max(1, ...p.shares.map((s) => s.count));
  return (
    <section class="card stack tight">
      <h2>{p.title}</h2>
      {p.shares.length ? (
        <ol role="list" class="stack tight small">
          {p.shares.slice(0, 8).map((s) => (
            <li key={s.name}>
              <span class="row between">
                <bdi class="cut">{p.words ? p.words(s.name) : s.name || t("no_sender")}</bdi>
                <span>{number(s.count)}</span>
              </span>
              <span class="meter wide-meter" aria-hidden="true">
                <span style={{ width: `${(100 * s.count) / most}%` }} />
              </span>
            </li>
          ))}
        </ol>
      ) : (
        <p class="muted small">{t("statistics.nobody")}</p>
      )}
    </section>
  );
}
