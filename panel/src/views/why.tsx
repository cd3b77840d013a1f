/** Why a message was judged so: the evidence as bars around a middle line, and what would have made it come out otherwise. */
import { get, path } from "../api";
import { has, number, percent, t } from "../i18n";
import { href } from "../router";
import type { Evidence, Why } from "../types";
import { Loaded, useFetched } from "../ui/parts";

/** Evidence that is worth less than this is folded away. */
const SMALL = 0.1;

export function WhyView({ id }: { id: string }) {
  const why = useFetched((signal) => get<Why>(path`/v1/messages/${id}/why`, undefined, signal), [id]);
  return <Loaded from={why}>{(found) => <Shown why={found} />}</Loaded>;
}

export function signalName(signal: string): string {
  const [family = "", rest = ""] = signal.split(":", 2);
  if (has(`signal.${signal}`)) return t(`signal.${signal}`);
  if (has(`signal.${family}`)) return t(`signal.${family}`);
  return rest ? `${family}: ${rest}` : family;
}

function Shown({ why }: { why: Why }) {
  const most = Math.max(1, ...why.contributions.map((c) => Math.abs(c.weight)));
  const large = why.contributions.filter((c) => Math.abs(c.weight) >= SMALL);
  const little = why.contributions.filter((c) => Math.abs(c.weight) < SMALL);
  return (
    <div class="stack">
      <section class="card stack tight">
        <h3>{t("why.score")}</h3>
        <Scale score={why.message.score} limit={why.spam_at} />
        <p class="muted small">
          {t(why.message.score >= why.spam_at ? "why.above" : "why.below", { score: number(why.message.score, 2), limit: number(why.spam_at, 2) })}
        </p>
      </section>
      <section class="card stack tight">
        <h3>{t("why.evidence")}</h3>
        <p class="muted small">{t("why.evidence.text")}</p>
        <div class="axis" aria-hidden="true">
          <span />
          <span>
            <span>← {t("why.good")}</span>
            <span>{t("why.bad")} →</span>
          </span>
          <span />
        </div>
        <ul role="list" class="bars">
          {large.map((each) => (
            <Bar key={each.signal + each.detail} each={each} most={most} />
          ))}
        </ul>
        {little.length ? (
          <details>
            <summary>{t("why.little", { n: little.length })}</summary>
            <ul role="list" class="bars">
              {little.map((each) => (
                <Bar key={each.signal + each.detail} each={each} most={most} />
              ))}
            </ul>
          </details>
        ) : null}
      </section>
      {why.words.length ? (
        <section class="card stack tight">
          <h3>{t("why.words")}</h3>
          <ul role="list" class="row flow">
            {why.words.map((word) => (
              <li key={word.text} class={`chip ${word.weight > 0 ? "spam" : "ham"}`}>
                <bdi>{word.text}</bdi> <span class="mono">{signed(word.weight)}</span>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      {why.flips.length ? (
        <section class="card stack tight">
          <h3>{t("why.flips")}</h3>
          <ul class="plain">
            {why.flips.map((flip) => (
              <li key={flip.text}>
                {flip.kind === "evidence" ? t("flip.evidence", { names: flip.absent.map(signalName).join(", "), score: number(flip.score ?? 0, 2) }) : flip.text}
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      <section class="card stack tight">
        <h3>{t("why.past")}</h3>
        {why.past.length ? (
          <ul class="plain">
            {why.past.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        ) : (
          <p class="muted">{t("why.past.none")}</p>
        )}
        {why.neighbours.length ? (
          <ul role="list" class="stack tight">
            {why.neighbours.map((near) => (
              <li key={near.message.id}>
                <a href={href(["incoming", near.message.id])}>{near.message.subject || t("no_subject")}</a>
                <span class="muted small">
                  {" "}
                  · {near.message.sender} · {t(`likeness.${near.likeness}`)} · {has(`state.${near.decision}`) ? t(`state.${near.decision}`) : near.decision}
                </span>
              </li>
            ))}
          </ul>
        ) : null}
      </section>
    </div>
  );
}

const signed = (weight: number): string => (weight > 0 ? "+" : weight < 0 ? "−" : "") + number(Math.abs(weight), 2);

function Bar({ each, most }: { each: Evidence; most: number }) {
  const part = (Math.abs(each.weight) / most) * 50;
  return (
    <li class="bar">
      <span class="wrap">
        {signalName(each.signal)}
        <small>
          <code>{each.signal}</code>
          {each.detail ? <bdi> {each.detail}</bdi> : null}
        </small>
      </span>
      <svg viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true">
        <rect x={each.weight > 0 ? 50 : 50 - part} y="2" width={Math.max(part, 0.6)} height="10" rx="1.5" class={each.weight > 0 ? "to-spam" : "to-ham"} />
        <path d="M50 0v14" class="middle" />
      </svg>
      <span class="value">
        {signed(each.weight)}
        <span class="sr"> {t(each.weight > 0 ? "why.bad" : "why.good")}</span>
      </span>
    </li>
  );
}

function Scale({ score, limit }: { score: number; limit: number }) {
  return (
    <div class="scale" role="img" aria-label={t("why.scale", { score: number(score, 2), limit: number(limit, 2), percent: percent(score) })}>
      <svg viewBox="0 0 1000 34" preserveAspectRatio="none" aria-hidden="true">
        <rect x="0" y="13" width="1000" height="8" rx="4" class="track" />
        <rect x={limit * 1000} y="13" width={1000 - limit * 1000} height="8" class="held" />
        <path d={`M${limit * 1000} 6v22`} class="middle" />
        <rect x={Math.min(994, Math.max(0, score * 1000 - 3))} y="4" width="6" height="26" rx="3" class="mark" />
      </svg>
    </div>
  );
}
