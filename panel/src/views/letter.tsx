/** One message: what it is, what it says (safely), why it was held, what became of it, and what can be done. */
import { useEffect, useState } from "preact/hooks";
import { ACTIONS, busy, can, changed, domainToo, type Name } from "../actions";
import { get, path, post, Problem } from "../api";
import { dayDate, fullDate, mediumDate, percent, relative, size, t } from "../i18n";
import { mayWrite } from "../session";
import type { Detail, Message } from "../types";
import { Button, Loaded, Menu, type MenuEntry, Note, Tabs, tellFailure, toast, useFetched, useTitle, wordsOf } from "../ui/parts";
import { Icon } from "../ui/icon";
import * as listing from "../listing";
import { Class, LIKELY, type Shelf } from "./quarantine";
import { WhyView } from "./why";
import { ContentView, HeadersView, SourceView } from "./content";

const TABS = ["content", "why", "headers", "source", "history"] as const;

export function Letter(p: {
  id: string;
  shelf: Shelf;
  onStep: (by: 1 | -1) => void;
  onClose: () => void;
  onAct: (name: Name, message: Message, more?: Record<string, unknown>) => void;
}) {
  const found = useFetched((signal) => get<Detail>(path`/v1/messages/${p.id}`, undefined, signal), [p.id, changed.value]);
  const [tab, setTab] = useState<string>("content");
  useTitle(found.data?.message.subject ?? "");
  return (
    <>
      <div class="reading-bar">
        <Button kind="quiet" icon="back" label={t("key.back")} onClick={p.onClose} />
        <span class="grow" />
        <Button kind="quiet" icon="up" label={t("key.previous")} shortcut="k" onClick={() => p.onStep(-1)} />
        <Button kind="quiet" icon="down" label={t("key.next")} shortcut="j" onClick={() => p.onStep(1)} />
      </div>
      <div class="reading-scroll">
        <div class="reading-inner">
          <Loaded from={found} lines={8}>
            {(detail) => (
              <>
                <Head detail={detail} />
                <Actions message={detail.message} shelf={p.shelf} onAct={p.onAct} />
                <Remarks message={detail.message} />
                <Tabs label={t("message")} tabs={TABS.map((key) => ({ key, label: t(`tab.${key}`) }))} chosen={tab} onChoose={setTab}>
                  {tab === "content" ? <ContentView detail={detail} /> : null}
                  {tab === "why" ? <WhyView id={p.id} /> : null}
                  {tab === "headers" ? <HeadersView detail={detail} /> : null}
                  {tab === "source" ? <SourceView id={p.id} /> : null}
                  {tab === "history" ? <History detail={detail} /> : null}
                </Tabs>
              </>
            )}
          </Loaded>
        </div>
      </div>
    </>
  );
}

function Head({ detail }: { detail: Detail }) {
  const m = detail.message;
  return (
    <div class="letter-head">
      <h2 class="wrap letter-title">{m.subject || t("no_subject")}</h2>
      <div class="row flow">
        <Class message={m} />
        {m.state === "held" ? (
          <span class="chip" title={fullDate(m.expires_at)}>
            <Icon name="clock" /> {t("expires", { when: relative(m.expires_at) })}
          </span>
        ) : (
          <span class={`chip ${m.state === "failed" ? "bad" : "info"}`}>{t(`state.${m.state}`)}</span>
        )}
        {m.lesson ? <span class="chip info">{t(`lesson.${m.lesson}`)}</span> : null}
      </div>
      <dl class="facts">
        <dt>{t("from")}</dt>
        <dd>
          <bdi>{detail.header_from || m.sender || t("no_sender")}</bdi>
          {detail.mail_from && !(detail.header_from || m.sender).toLowerCase().includes(detail.mail_from.toLowerCase()) ? (
            <span class="muted small"> {t("envelope", { sender: detail.mail_from })}</span>
          ) : null}
        </dd>
        <dt>{t("to")}</dt>
        <dd>
          {m.owner}
          {m.owner !== m.recipient ? <span class="muted small"> {t("by_way_of", { recipient: m.recipient })}</span> : null}
        </dd>
        <dt>{t("received")}</dt>
        <dd>
          <time dateTime={m.received_at} title={fullDate(m.received_at)}>
            {mediumDate(m.received_at)}
          </time>
          <span class="muted"> · {size(m.size)}</span>
        </dd>
        <dt>{t("checks")}</dt>
        <dd class="row flow">
          {(["spf", "dkim", "dmarc"] as const).map((name) => (
            <span key={name} class={`chip ${detail.checks[name] === "pass" ? "good" : detail.checks[name] === "fail" ? "bad" : ""}`}>
              {name.toUpperCase()} {t(`check.${detail.checks[name]}`)}
            </span>
          ))}
          {detail.checks.virus === "fail" ? <span class="chip bad">{t("check.virus")}</span> : null}
        </dd>
        {m.reply ? (
          <>
            <dt>{t("answer")}</dt>
            <dd class="mono">{m.reply}</dd>
          </>
        ) : null}
      </dl>
    </div>
  );
}

/** What only a list knows: how likely it is a mistake, and what the line stands for. */
function Remarks({ message }: { message: Message }) {
  const alike = (listing.rows.value.find((m) => m.id === message.id)?.folded.length ?? 0) + 1;
  const chance = message.chance ?? 0;
  const asked = message.release_request;
  return (
    <>
      {asked ? <Asked message={message} /> : null}
      {alike > 1 ? <Note>{t("campaign", { n: alike })}</Note> : null}
      {message.state === "held" && chance >= LIKELY ? (
        <Note kind="warn" icon="info">
          <strong>{t("mistake.title")}</strong> {message.reasons.length ? `${message.reasons.join("; ")}. ` : ""}
          <span class="muted">{t("mistake.chance", { percent: percent(chance) })}</span>
        </Note>
      ) : null}
    </>
  );
}

function Actions(p: { message: Message; shelf: Shelf; onAct: (name: Name, message: Message, more?: Record<string, unknown>) => void }) {
  const m = p.message;
  const [wide, setWide] = useState(!matchMedia("(max-width: 760px)").matches);
  useEffect(() => {
    const query = matchMedia("(max-width: 760px)");
    const listen = () => setWide(!query.matches);
    query.addEventListener("change", listen);
    return () => query.removeEventListener("change", listen);
  }, []);
  const able = (names: readonly Name[]) => names.filter((n) => p.shelf.actions.includes(n) && can(n, m));
  const entry = (name: Name): MenuEntry => ({ label: t(`act.${name}`), icon: ACTIONS[name].icon, shortcut: ACTIONS[name].shortcut, onPick: () => p.onAct(name, m) });
  const waits = busy.value.has(m.id);
  const out = able(["release", "releaseTrain", "releaseAllow"]);
  const away = able(["remove", "removeBlock"]);
  const teach = able(["notSpam", "spam"]);
  const domain: MenuEntry[] = domainToo()
    ? [
        ...(can("releaseAllow", m) ? [{ label: t("act.allowDomain"), icon: "star", onPick: () => p.onAct("releaseAllow", m, { allow: "domain" }) }] : []),
        ...(can("removeBlock", m) ? [{ label: t("act.blockDomain"), icon: "block", onPick: () => p.onAct("removeBlock", m, { block: "domain" }) }] : []),
      ]
    : [];
  const last: MenuEntry[] = [{ label: t("download"), icon: "download", onPick: () => void download(m.id) }];
  if (wide) {
    return (
      <div class="actions" role="group" aria-label={t("actions")}>
        <Group names={out} primary message={m} busy={waits} onAct={p.onAct} />
        <Group names={away} message={m} busy={waits} onAct={p.onAct} />
        {can("restore", m) ? (
          <Button icon="undo" onClick={() => p.onAct("restore", m)}>
            {t("act.restore")}
          </Button>
        ) : null}
        <Menu label={t("more")} icon="more" entries={[...teach.map(entry), ...(teach.length && domain.length ? [null] : []), ...domain, null, ...last]} />
      </div>
    );
  }
  return (
    <div class="actions" role="group" aria-label={t("actions")}>
      {out.includes("release") ? (
        <Button kind="primary" icon="send" busy={waits} onClick={() => p.onAct("release", m)}>
          {t("act.release")}
        </Button>
      ) : null}
      {away.includes("remove") ? (
        <Button icon="bin" busy={waits} onClick={() => p.onAct("remove", m)}>
          {t("act.remove")}
        </Button>
      ) : null}
      {can("restore", m) ? (
        <Button icon="undo" onClick={() => p.onAct("restore", m)}>
          {t("act.restore")}
        </Button>
      ) : null}
      <Menu
        label={t("more")}
        text={t("more")}
        icon="more"
        up
        entries={[
          ...out.filter((n) => n !== "release").map(entry),
          ...away.filter((n) => n !== "remove").map(entry),
          ...teach.map(entry),
          ...domain,
          null,
          ...last,
        ]}
      />
    </div>
  );
}

function Group(p: { names: Name[]; primary?: boolean; message: Message; busy: boolean; onAct: (name: Name, message: Message) => void }) {
  if (!p.names.length) return null;
  return (
    <span class="joined">
      {p.names.map((name, i) => (
        <Button
          key={name}
          kind={p.primary && i === 0 ? "primary" : ""}
          icon={ACTIONS[name].icon}
          shortcut={ACTIONS[name].shortcut}
          title={`${t(`tip.${name}`)} (${ACTIONS[name].shortcut})`}
          disabled={p.busy}
          onClick={() => p.onAct(name, p.message)}
        >
          {t(`act.${name}`)}
        </Button>
      ))}
    </span>
  );
}

function Asked({ message }: { message: Message }) {
  const asked = message.release_request!;
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const answer = async (verb: "approve" | "deny") => {
    setBusy(true);
    try {
      const now = await post<Message>(path`/v1/messages/${message.id}/${verb}`, { note: note.trim() });
      listing.replaceRow(now);
      toast(t(`request.did.${verb}`));
      changed.value += 1;
    } catch (error) {
      tellFailure(error);
    }
    setBusy(false);
  };
  return (
    <section class="card stack tight" aria-label={t("request")}>
      <div class="row between flow">
        <h3>{t(`request.state.${asked.state}`)}</h3>
        <span class="muted small">
          {asked.by} · {mediumDate(asked.at)}
        </span>
      </div>
      {asked.text ? <p class="wrap">“{asked.text}”</p> : null}
      {asked.note ? <p class="wrap">{t("request.note", { by: asked.answered_by, note: asked.note })}</p> : null}
      {asked.state === "open" && domainToo() && mayWrite.value ? (
        <div class="row flow">
          <label class="grow">
            <span class="sr">{t("request.answer")}</span>
            <input type="text" maxLength={200} placeholder={t("request.answer")} value={note} onInput={(e) => setNote(e.currentTarget.value)} />
          </label>
          <Button kind="primary" icon="send" busy={busy} onClick={() => void answer("approve")}>
            {t("request.approve")}
          </Button>
          <Button icon="close" busy={busy} onClick={() => void answer("deny")}>
            {t("request.deny")}
          </Button>
        </div>
      ) : null}
    </section>
  );
}

async function download(id: string): Promise<void> {
  try {
    const link = await get<{ url: string }>(path`/v1/messages/${id}/raw`);
    location.assign(link.url); // it comes as an attachment: the page stays
  } catch (error) {
    toast(error instanceof Problem && error.code === "reason_needed" ? t("reason.first") : wordsOf(error), { bad: true });
  }
}

function History({ detail }: { detail: Detail }) {
  return (
    <ol class="life">
      {detail.history.map((step, i) => (
        <li key={i}>
          <strong>{t(`state.${step.state}`)}</strong>
          <div class="muted small wrap">
            <time dateTime={step.at} title={dayDate(step.at)}>
              {mediumDate(step.at)}
            </time>
            {" · "}
            {t("by", { actor: step.actor, channel: t(`channel.${step.channel}`) })}
          </div>
          {step.note ? <div class="wrap small">{step.note}</div> : null}
        </li>
      ))}
    </ol>
  );
}
