/** The quarantine: a list, and beside it (on a phone: in its place) the message that is open. */
import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { ACTIONS, act, actOnMany, can, job, type Name } from "../actions";
import { shortDate, fullDate, number, relative, t } from "../i18n";
import { onKeys } from "../keys";
import * as listing from "../listing";
import { go, href, place, withQuery } from "../router";
import { mayWrite, scope, level } from "../session";
import type { Message } from "../types";
import { Button, Empty, Failed, Menu, Skeleton, undoLast, useTitle } from "../ui/parts";
import { Icon } from "../ui/icon";
import { Letter } from "./letter";
import { ScopeChooser } from "./scope";

export interface Shelf {
  key: string;
  /** States that can be chosen; the first is shown unless another is. */
  states: readonly string[];
  query: (state: string) => Record<string, string | readonly string[]>;
  actions: readonly Name[];
}

export const INCOMING: Shelf = {
  key: "incoming",
  states: ["held", "failed", "removed", "released"],
  query: (state) => ({ state: state === "released" ? ["releasing", "released"] : [state] }),
  actions: ["release", "releaseTrain", "releaseAllow", "remove", "removeBlock", "notSpam", "spam"],
};

export const Quarantine = () => <ShelfView shelf={INCOMING} />;

export function ShelfView({ shelf }: { shelf: Shelf }) {
  useTitle(t(`nav.${shelf.key}`));
  const open = place.value.path[1] ?? null;
  const query = place.value.query;
  const state = shelf.states.includes(query.get("state") ?? "") ? query.get("state")! : shelf.states[0]!;
  const list = useRef<ListHandle>(null);

  useEffect(() => {
    void listing.show({ where: "/v1/messages", query: { ...shelf.query(state), scope: scope.value } });
  }, [shelf.key, state, scope.value]);

  const openId = (id: string | null, focus = false) => {
    go(href(id ? [shelf.key, id] : [shelf.key], place.value.query), Boolean(open) && Boolean(id));
    if (id) list.current?.reveal(id, focus);
  };
  const step = (by: 1 | -1) => {
    const from = open ?? list.current?.focused() ?? null;
    const to = from ? listing.neighbour(from, by) : (listing.rows.value[0]?.id ?? null);
    if (to) openId(to, true);
  };
  /** After an action the next message comes up, so that triage is one key a message. */
  const perform = async (name: Name, message: Message, more: Record<string, unknown> = {}) => {
    const next = ACTIONS[name].leaves && state === "held" ? (listing.neighbour(message.id, 1, true) ?? listing.neighbour(message.id, -1, true)) : null;
    const wasOpen = open === message.id;
    const worked = await act(name, message, more);
    if (worked && wasOpen && ACTIONS[name].leaves && state === "held") openId(next);
  };

  useEffect(
    () =>
      onKeys((key, event) => {
        const focused = open ?? list.current?.focused() ?? null;
        const message = focused ? listing.rows.value.find((m) => m.id === focused) : undefined;
        if (key === "j" || (key === "ArrowDown" && list.current?.focused())) step(1);
        else if (key === "k" || (key === "ArrowUp" && list.current?.focused())) step(-1);
        else if (key === "Escape" && listing.picked.value.size) listing.pickAll(false);
        else if (key === "Escape" && open) {
          openId(null);
          list.current?.reveal(open, true);
        } else if (key === "o" && focused) openId(focused);
        else if (key === " " && focused && !(event.target as Element).closest("button, a[href^='http'], input, .reading")) listing.pick(focused, !listing.picked.value.has(focused));
        else if (key === "z") return undoLast();
        else if (key === "/") {
          const field = document.querySelector<HTMLInputElement>(".search input");
          field?.focus();
          return Boolean(field);
        } else {
          const name = shelf.actions.find((n) => ACTIONS[n].shortcut === key);
          if (!name) return false;
          const many = listing.rows.value.filter((m) => listing.picked.value.has(m.id));
          if (many.length) void actOnMany(name, many);
          else if (message) void perform(name, message);
          else return false;
        }
        return true;
      }),
    [open, state, shelf.key],
  );

  return (
    <div class={`quarantine ${open ? "reads" : ""}`}>
      <section class="list" aria-label={t("list")}>
        <div class="list-head">
          <div class="list-bar between">
            <h1 class="desk-only">{t(`nav.${shelf.key}`)}</h1>
            <span class="desk-only">
              <ScopeChooser />
            </span>
          </div>
          <Filters shelf={shelf} state={state} />
        </div>
        {listing.picked.value.size ? <BulkBar shelf={shelf} /> : null}
        <List handle={list} shelf={shelf} open={open} state={state} onOpen={openId} />
      </section>
      <section class="reading" aria-label={t("message")}>
        {open ? (
          <Letter key={open} id={open} shelf={shelf} onStep={step} onClose={() => openId(null)} onAct={(name, message, more) => void perform(name, message, more)} />
        ) : (
          <Empty icon="mail" title={t("reading.none")}>
            <p>{t("reading.hint")}</p>
          </Empty>
        )}
      </section>
    </div>
  );
}

function Filters({ shelf, state }: { shelf: Shelf; state: string }) {
  const rows = listing.rows.value.length;
  return (
    <div class="list-bar">
      {mayWrite.value ? (
        <label class="pick" title={t("pick.all")}>
          <input
            type="checkbox"
            aria-label={t("pick.all")}
            checked={listing.allPicked.value}
            disabled={!rows}
            onChange={(e) => listing.pickAll(e.currentTarget.checked)}
          />
        </label>
      ) : null}
      <label class="grow">
        <span class="sr">{t("filter.state")}</span>
        <select value={state} onChange={(e) => go(withQuery({ state: e.currentTarget.value === shelf.states[0] ? null : e.currentTarget.value }), true)}>
          {shelf.states.map((each) => (
            <option key={each} value={each}>
              {t(`shelf.${each}`)}
            </option>
          ))}
        </select>
      </label>
      <Button kind="quiet" icon="refresh" label={t("refresh")} busy={listing.loading.value && listing.started.value} onClick={() => void listing.refresh()} />
    </div>
  );
}

function BulkBar({ shelf }: { shelf: Shelf }) {
  const many = listing.rows.value.filter((m) => listing.picked.value.has(m.id));
  const running = job.value;
  if (running) {
    return (
      <div class="bulkbar" role="status">
        <span class="grow stack tight">
          <span>{t("bulk.progress", { done: running.done, total: running.total })}</span>
          <span class="progress" role="progressbar" aria-label={t(`act.${running.name}`)} aria-valuemin={0} aria-valuemax={running.total} aria-valuenow={running.done}>
            <span style={{ width: `${(100 * running.done) / running.total}%` }} />
          </span>
        </span>
        <Button onClick={() => (job.value = { ...running, stopped: true })}>{t("stop")}</Button>
      </div>
    );
  }
  const able = shelf.actions.filter((n) => many.some((m) => can(n, m)));
  const [first, ...rest] = able;
  return (
    <div class="bulkbar">
      <span class="grow" role="status">
        <strong>{t("bulk.picked", { n: many.length })}</strong>
      </span>
      <span class="buttons">
        {first ? (
          <Button icon={ACTIONS[first].icon} onClick={() => void actOnMany(first, many)}>
            {t(`act.${first}`)}
          </Button>
        ) : null}
        {rest.includes("remove") ? (
          <Button icon="bin" onClick={() => void actOnMany("remove", many)}>
            {t("act.remove")}
          </Button>
        ) : null}
        {rest.length ? (
          <Menu
            label={t("more")}
            icon="more"
            entries={rest
              .filter((n) => n !== "remove")
              .map((n) => ({ label: t(`act.${n}`), icon: ACTIONS[n].icon, shortcut: ACTIONS[n].shortcut, onPick: () => void actOnMany(n, many) }))}
          />
        ) : null}
        <Button kind="quiet" icon="close" label={t("pick.none")} onClick={() => listing.pickAll(false)} />
      </span>
    </div>
  );
}

interface ListHandle {
  reveal: (id: string, focus: boolean) => void;
  focused: () => string | null;
}

const OVER = 6;

/** Only the rows in sight are in the page, however many there are; all have one height. */
function List(p: {
  handle: { current: ListHandle | null };
  shelf: Shelf;
  open: string | null;
  state: string;
  onOpen: (id: string | null, focus?: boolean) => void;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const [sight, setSight] = useState({ top: 0, height: 800 });
  const narrow = useNarrow();
  const rowHeight = narrow ? 96 : 84;
  const rows = listing.rows.value;
  const last = useRef(0);

  const look = () => {
    const at = scroller.current;
    if (at) setSight({ top: at.scrollTop, height: at.clientHeight });
  };
  useEffect(() => {
    look();
    const watch = new ResizeObserver(look);
    watch.observe(scroller.current!);
    return () => watch.disconnect();
  }, []);
  useSignalEffect(() => {
    if (!listing.started.value && scroller.current) scroller.current.scrollTop = 0;
  });

  const from = Math.max(0, Math.floor(sight.top / rowHeight) - OVER);
  const to = Math.min(rows.length, Math.ceil((sight.top + sight.height) / rowHeight) + OVER);
  useEffect(() => {
    if (to > rows.length - 30) void listing.more();
  }, [to, rows.length, listing.cursor.value]);

  p.handle.current = {
    reveal: (id, focus) => {
      const at = scroller.current;
      const i = rows.findIndex((m) => m.id === id);
      if (!at || i < 0) return;
      if (i * rowHeight < at.scrollTop) at.scrollTop = i * rowHeight;
      else if ((i + 1) * rowHeight > at.scrollTop + at.clientHeight) at.scrollTop = (i + 1) * rowHeight - at.clientHeight;
      look();
      if (focus) requestAnimationFrame(() => at.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"] .mail-link`)?.focus({ preventScroll: true }));
    },
    focused: () => (document.activeElement as HTMLElement | null)?.closest<HTMLElement>(".mail")?.dataset["id"] ?? null,
  };

  if (listing.failure.value !== undefined && !rows.length) {
    return (
      <div class="list-fill">
        <Failed error={listing.failure.value} again={() => void listing.retry()} />
      </div>
    );
  }
  if (listing.started.value && !rows.length && !listing.loading.value) {
    return (
      <Empty icon={p.state === "held" ? "shield" : "inbox"} title={t(p.state === "held" ? "empty.held" : "empty.other")}>
        <p>{t(p.state === "held" ? "empty.held.text" : "empty.other.text")}</p>
      </Empty>
    );
  }
  const ended = listing.started.value && listing.cursor.value === null;
  return (
    <div class="scroller" ref={scroller} onScroll={look} tabIndex={-1} aria-busy={listing.loading.value}>
      <span class="sr" role="status">
        {listing.started.value ? t("list.count", { n: rows.length }) : t("loading")}
      </span>
      <ul role="list" class="rows" style={{ height: `${(listing.started.value ? rows.length * rowHeight : 0) + 64}px` }}>
        {listing.started.value
          ? rows.slice(from, to).map((message, i) => (
              <Row
                key={message.id}
                message={message}
                index={from + i}
                top={(from + i) * rowHeight}
                of={ended ? rows.length : -1}
                open={p.open === message.id}
                now={listing.done.value.get(message.id)}
                picked={listing.picked.value.has(message.id)}
                shelf={p.shelf.key}
                onPick={(on, range) => {
                  if (range) listing.pickRange(last.current, from + i);
                  else listing.pick(message.id, on);
                  last.current = from + i;
                }}
                onOpen={() => p.onOpen(message.id)}
              />
            ))
          : null}
        <li class="list-foot" style={{ top: `${rows.length * rowHeight}px` }} role={ended ? undefined : "presentation"}>
          {listing.failure.value !== undefined ? (
            <Button icon="refresh" onClick={() => void listing.retry()}>
              {t("error.again")}
            </Button>
          ) : ended ? (
            <span>{t("list.end", { n: rows.length })}</span>
          ) : listing.started.value ? (
            <>
              <span class="spin" aria-hidden="true" /> {t("list.more", { n: number(rows.length) })}
            </>
          ) : null}
        </li>
      </ul>
      {listing.started.value ? null : (
        <div class="list-fill">
          <Skeleton lines={14} />
        </div>
      )}
    </div>
  );
}

function useNarrow(): boolean {
  const query = useRef(matchMedia("(max-width: 760px)"));
  const [narrow, setNarrow] = useState(query.current.matches);
  useEffect(() => {
    const listen = () => setNarrow(query.current.matches);
    query.current.addEventListener("change", listen);
    return () => query.current.removeEventListener("change", listen);
  }, []);
  return narrow;
}

export function Class({ message }: { message: Message }) {
  return (
    <span class={`chip ${message.verdict}`}>
      <span class="meter" aria-hidden="true">
        <span style={{ width: `${Math.max(4, message.score * 100)}%` }} />
      </span>
      {t(`verdict.${message.verdict}`)} <span class="mono">{number(message.score, 2)}</span>
    </span>
  );
}

function Row(p: {
  message: Message;
  index: number;
  top: number;
  of: number;
  open: boolean;
  now: Message | undefined;
  picked: boolean;
  shelf: string;
  onPick: (on: boolean, range: boolean) => void;
  onOpen: () => void;
}) {
  const m = p.message;
  const many = level(scope.value) !== "recipient";
  const shift = useRef(false);
  return (
    <li
      class={`mail ${p.open ? "open" : ""} ${p.picked ? "picked" : ""} ${p.now ? "gone" : ""}`}
      style={{ top: `${p.top}px` }}
      data-id={m.id}
      aria-setsize={p.of}
      aria-posinset={p.index + 1}
    >
      {mayWrite.value ? (
        <label class="pick">
          <input
            type="checkbox"
            aria-label={t("pick.one", { subject: m.subject || t("no_subject") })}
            checked={p.picked}
            onClick={(e) => (shift.current = e.shiftKey)}
            onChange={(e) => p.onPick(e.currentTarget.checked, shift.current)}
          />
        </label>
      ) : (
        <span class="pick" />
      )}
      <a
        class="mail-link"
        href={href([p.shelf, m.id], place.value.query)}
        aria-current={p.open ? "true" : undefined}
        onClick={(e) => {
          if (e.ctrlKey || e.metaKey || e.shiftKey) return;
          e.preventDefault();
          p.onOpen();
        }}
      >
        <span class="from cut">{m.sender || t("no_sender")}</span>
        <time class="when" dateTime={m.received_at} title={fullDate(m.received_at)}>
          {shortDate(m.received_at)}
        </time>
        <span class="about cut">{m.subject || <em class="muted">{t("no_subject")}</em>}</span>
        <span class="foot">
          <Class message={m} />
          {m.state !== "held" ? <span class="chip">{t(`state.${m.state}`)}</span> : null}
          {m.lesson ? (
            <span class="chip info">
              <Icon name="learn" /> {t(`lesson.${m.lesson}`)}
            </span>
          ) : null}
          <span class="cut grow">{many ? m.owner : m.state === "held" ? t("expires", { when: relative(m.expires_at) }) : ""}</span>
        </span>
      </a>
    </li>
  );
}
