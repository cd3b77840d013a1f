/** The quarantine: a list, and beside it (on a phone: in its place) the message that is open. */
import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { ACTIONS, act, actOnMany, actOnSearch, can, job, type Name } from "../actions";
import { dayDate, shortDate, fullDate, number, relative, t } from "../i18n";
import { onKeys } from "../keys";
import * as listing from "../listing";
import { EXTRAS, looked } from "../looked";
import { go, href, place, withQuery } from "../router";
import { mayWrite, scope, level } from "../session";
import type { Message } from "../types";
import { Button, Empty, Failed, Menu, Skeleton, undoLast, useTitle } from "../ui/parts";
import { Letter } from "./letter";
import { ScopeChooser } from "./scope";
import { Ask, Offer } from "./ask";
import { SearchField } from "./search";
import { Samples } from "./laptop";

export interface Shelf {
  key: string;
  /** Which messages can be chosen; the first is shown unless another is. */
  choices: readonly string[];
  /** What is asked for a choice. */
  query: (choice: string) => Record<string, string | readonly string[]>;
  /** Choices that can be put in the order of likely mistakes. */
  ordered: readonly string[];
  /** Always by search: the shelf is no list of its own. */
  searches?: boolean;
  /** Cannot be searched. */
  plain?: boolean;
  /** Where its list is. */
  where?: string;
  actions: readonly Name[];
}

const EVERY: readonly Name[] = ["release", "releaseTrain", "releaseAllow", "remove", "removeBlock", "notSpam", "spam"];

export const INCOMING: Shelf = {
  key: "incoming",
  choices: ["held", "failed", "removed", "released"],
  query: (choice) => ({ state: choice === "released" ? ["releasing", "released"] : [choice] }),
  ordered: ["held"],
  actions: EVERY,
};

export const REQUESTS: Shelf = { key: "requests", choices: ["open"], query: () => ({}), ordered: [], plain: true, where: "/v1/requests", actions: EVERY };

/** Copies of unsure mail that was delivered: the ones that teach most first. */
export const TRAINING: Shelf = { key: "training", choices: ["asked"], query: () => ({}), ordered: [], plain: true, where: "/v1/training", actions: ["notSpam", "spam"] };

export const LOG: Shelf = {
  key: "log",
  choices: ["all", "delivered", "queued", "quarantined", "rejected", "released", "auto-released", "quarantine-removed", "delivery-failed", "queue-expired"],
  query: (choice): Record<string, string | readonly string[]> => (choice === "all" ? {} : { status: [choice] }),
  ordered: [],
  searches: true,
  actions: EVERY,
};

export const OUTGOING: Shelf = {
  key: "outgoing",
  choices: ["held", "failed", "removed", "released"],
  query: (choice) => ({ ...INCOMING.query(choice), direction: "outgoing" }),
  ordered: [],
  actions: EVERY,
};

export const Outgoing = () => <ShelfView shelf={OUTGOING} />;
export const Training = () => <ShelfView shelf={TRAINING} />;
export const Requests = () => <ShelfView shelf={REQUESTS} />;
export const Quarantine = () => <ShelfView shelf={INCOMING} />;
export const Log = () => <ShelfView shelf={LOG} />;

export function ShelfView({ shelf }: { shelf: Shelf }) {
  useTitle(t(`nav.${shelf.key}`));
  const open = place.value.path[1] ?? null;
  const query = place.value.query;
  const asked = (name: string): string => query.get(name) ?? "";
  const choice = shelf.choices.includes(asked("show")) ? asked("show") : shelf.choices[0]!;
  const wanted = looked(shelf, choice, query);
  const search = Boolean(shelf.searches || wanted.q || wanted.since || wanted.before || EXTRAS.some((name) => query.has(name)));
  const byTime = search || !shelf.ordered.includes(choice) || asked("order") === "time";
  const list = useRef<ListHandle>(null);

  useEffect(() => {
    const base = { ...wanted, scope: scope.value };
    if (search) void listing.show({ where: "/v1/messages/search", query: base });
    else void listing.show({ where: shelf.where ?? "/v1/messages", query: byTime ? base : { ...base, order: "mistake", fold: "true" } });
  }, [shelf.key, JSON.stringify(wanted), scope.value, search, byTime]);

  /** What is asked of a job that acts on all of it; null where that cannot be said. */
  const all = (): Record<string, unknown> | null => (shelf.plain ? null : { ...wanted, scope: scope.value });
  const many = (name: Name): void => {
    const asked = listing.everything.value ? all() : null;
    if (asked) void actOnSearch(name, asked);
    else void actOnMany(name, listing.pickedMessages());
  };
  const leaves = (name: Name) => ACTIONS[name].leaves && (choice === "held" || choice === "quarantined" || choice === "failed");
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
    const next = leaves(name) ? (listing.neighbour(message.id, 1, true) ?? listing.neighbour(message.id, -1, true)) : null;
    const wasOpen = open === message.id;
    const line = listing.rows.value.find((m) => m.id === message.id);
    const all = line ? listing.whole(line) : [message];
    const worked = all.length > 1 && !Object.keys(more).length ? await actOnMany(name, all) : await act(name, message, more);
    if (worked && wasOpen && leaves(name)) openId(next);
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
          const was = open;
          openId(null);
          list.current?.reveal(was, true);
        } else if (key === "o" && focused) openId(focused);
        else if (key === " " && focused && !(event.target as Element).closest("button, input, .reading")) listing.pick(focused, !listing.picked.value.has(focused));
        else if (key === "z") return undoLast();
        else if (key === "/") {
          const field = document.querySelector<HTMLInputElement>(".search input");
          field?.focus();
          return Boolean(field);
        } else {
          const name = shelf.actions.find((n) => ACTIONS[n].shortcut === key);
          if (!name) return false;
          if (listing.picked.value.size) many(name);
          else if (message) void perform(name, message);
          else return false;
        }
        return true;
      }),
    [open, choice, shelf.key],
  );

  return (
    <div class={`quarantine ${open ? "reads" : ""}`}>
      <Ask />
      <Offer />
      <section class="list" aria-label={t("list")}>
        <div class="list-head">
          <div class="list-bar between list-title">
            <h1>{t(`nav.${shelf.key}`)}</h1>
            <ScopeChooser />
          </div>
          {shelf.plain ? null : <SearchField shelf={shelf} choice={choice} />}
          <Filters shelf={shelf} choice={choice} byTime={byTime} search={search} />
        </div>
        {listing.picked.value.size || job.value ? <BulkBar shelf={shelf} onAct={many} all={!shelf.plain} /> : null}
        <List handle={list} shelf={shelf} open={open} held={choice === "held" && !search} search={search} onOpen={openId} />
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

function Filters({ shelf, choice, byTime, search }: { shelf: Shelf; choice: string; byTime: boolean; search: boolean }) {
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
      {shelf.choices.length > 1 ? (
      <label class="grow">
        <span class="sr">{t("filter.state")}</span>
        <select class="quiet-select" value={choice} onChange={(e) => go(withQuery({ show: e.currentTarget.value === shelf.choices[0] ? null : e.currentTarget.value }), true)}>
          {shelf.choices.map((each) => (
            <option key={each} value={each}>
              {t(shelf.searches ? `status.${each}` : `shelf.${each}`)}
            </option>
          ))}
        </select>
      </label>
      ) : (
        <span class="grow" />
      )}
      {shelf.ordered.includes(choice) && !search ? (
        <label class="grow">
          <span class="sr">{t("order")}</span>
          <select class="quiet-select" value={byTime ? "time" : "mistake"} onChange={(e) => go(withQuery({ order: e.currentTarget.value === "time" ? "time" : null }), true)}>
            <option value="mistake">{t("order.mistake")}</option>
            <option value="time">{t("order.time")}</option>
          </select>
        </label>
      ) : null}
      {shelf.key === "incoming" && listing.rows.value.length ? <Samples /> : null}
      <Button kind="quiet" icon="refresh" label={t("refresh")} busy={listing.loading.value && listing.started.value} onClick={() => void listing.refresh()} />
    </div>
  );
}

function BulkBar({ shelf, onAct, all }: { shelf: Shelf; onAct: (name: Name) => void; all: boolean }) {
  const running = job.value;
  if (running) {
    return (
      <div class="bulkbar" role="status">
        <span class="grow stack tight">
          <span>{running.total ? t("bulk.progress", { done: running.done, total: running.total }) : t("bulk.progress.open", { n: running.done })}</span>
          {running.total ? (
            <span class="progress" role="progressbar" aria-label={t(`act.${running.name}`)} aria-valuemin={0} aria-valuemax={running.total} aria-valuenow={running.done}>
              <span style={{ width: `${(100 * running.done) / running.total}%` }} />
            </span>
          ) : null}
        </span>
        <Button onClick={() => (job.value = { ...running, stopped: true })}>{t("stop")}</Button>
      </div>
    );
  }
  const many = listing.pickedMessages();
  const everything = listing.everything.value;
  const able = shelf.actions.filter((n) => many.some((m) => can(n, m)));
  const back = many.some((m) => can("restore", m));
  const first = able.includes("release") ? "release" : able[0];
  return (
    <div class="bulkbar">
      <span class="grow" role="status">
        <strong>{everything ? t("bulk.everything") : t("bulk.picked", { n: many.length })}</strong>
      </span>
      <Button kind="quiet" icon="close" label={t("pick.none")} onClick={() => listing.pickAll(false)} />
      {all && !everything && listing.allPicked.value && listing.cursor.value !== null ? (
        <Button onClick={() => (listing.everything.value = true)}>{t("bulk.choose_everything")}</Button>
      ) : null}
      <span class="buttons">
        {first ? (
          <Button icon={ACTIONS[first].icon} onClick={() => onAct(first)}>
            {t(`act.${first}`)}
          </Button>
        ) : null}
        {able.includes("remove") ? (
          <Button icon="bin" onClick={() => onAct("remove")}>
            {t("act.remove")}
          </Button>
        ) : null}
        {back ? (
          <Button icon="undo" onClick={() => onAct("restore")}>
            {t("act.restore")}
          </Button>
        ) : null}
        {able.length > 1 ? (
          <Menu
            label={t("more")}
            icon="more"
            entries={able
              .filter((n) => n !== "remove" && n !== first)
              .map((n) => ({ label: t(`act.${n}`), icon: ACTIONS[n].icon, shortcut: ACTIONS[n].shortcut, onPick: () => onAct(n) }))}
          />
        ) : null}
      </span>
    </div>
  );
}

interface ListHandle {
  reveal: (id: string, focus: boolean) => void;
  focused: () => string | null;
}

const OVER = 6;
export const ROW = { wide: 88, narrow: 98 };

/** Only the rows in sight are in the page, however many there are; all have one height. */
function List(p: {
  handle: { current: ListHandle | null };
  shelf: Shelf;
  open: string | null;
  held: boolean;
  search: boolean;
  onOpen: (id: string | null, focus?: boolean) => void;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const [sight, setSight] = useState({ top: 0, height: 800 });
  const narrow = useNarrow();
  const rowHeight = narrow ? ROW.narrow : ROW.wide;
  const rows = listing.rows.value;
  const started = listing.started.value;
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
      const i = listing.rows.value.findIndex((m) => m.id === id);
      if (!at || i < 0) return;
      if (i * rowHeight < at.scrollTop) at.scrollTop = i * rowHeight;
      else if ((i + 1) * rowHeight > at.scrollTop + at.clientHeight) at.scrollTop = (i + 1) * rowHeight - at.clientHeight;
      look();
      if (focus) requestAnimationFrame(() => at.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"] .mail-link`)?.focus({ preventScroll: true }));
    },
    focused: () => (document.activeElement as HTMLElement | null)?.closest<HTMLElement>(".mail")?.dataset["id"] ?? null,
  };

  const ended = started && listing.cursor.value === null;
  const failed = listing.failure.value;
  const none = started && !rows.length && !listing.loading.value && failed === undefined && ended;
  const about = p.search ? "empty.search" : p.held ? "empty.held" : "empty.other";
  return (
    <div class="scroller" ref={scroller} onScroll={look} tabIndex={-1} aria-busy={listing.loading.value}>
      <span class="sr" role="status">
        {started ? t("list.count", { n: rows.length }) : t("loading")}
      </span>
      {failed !== undefined && !rows.length ? (
        <div class="list-fill">
          <Failed error={failed} again={() => void listing.retry()} />
        </div>
      ) : null}
      {none ? (
        <Empty icon={p.search ? "search" : p.held ? "shield" : "inbox"} title={t(about)}>
          <p>{t(`${about}.text`)}</p>
          {p.held ? <Samples text /> : null}
        </Empty>
      ) : null}
      {started ? null : (
        <div class="list-fill">
          <Skeleton lines={14} />
        </div>
      )}
      {started && rows.length ? (
        <ul role="list" class="rows" style={{ height: `${rows.length * rowHeight}px` }}>
          {rows.slice(from, to).map((message, i) => (
            <Row
              key={message.id}
              message={message}
              index={from + i}
              top={(from + i) * rowHeight}
              of={ended ? rows.length : -1}
              open={p.open === message.id}
              gone={listing.done.value.has(message.id)}
              picked={listing.picked.value.has(message.id)}
              shelf={p.shelf.key}
              onPick={(on, range) => {
                if (range) listing.pickRange(last.current, from + i);
                else listing.pick(message.id, on);
                last.current = from + i;
              }}
              onOpen={() => p.onOpen(message.id)}
            />
          ))}
        </ul>
      ) : null}
      {started && !none ? (
        <div class="list-foot">
          {failed !== undefined ? (
            rows.length ? (
              <Button icon="refresh" onClick={() => void listing.retry()}>
                {t("error.again")}
              </Button>
            ) : null
          ) : ended ? (
            <span>{t("list.end", { n: rows.length })}</span>
          ) : (
            <>
              <span class="spin" aria-hidden="true" />
              {p.search && listing.backTo.value ? t("list.back", { day: dayDate(listing.backTo.value), n: number(rows.length) }) : t("list.more", { n: number(rows.length) })}
            </>
          )}
        </div>
      ) : null}
    </div>
  );
}

export function useNarrow(): boolean {
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
    <span class="score">
      <span class={`meter ${message.verdict}`} aria-hidden="true">
        <span style={{ width: `${Math.max(4, message.score * 100)}%` }} />
      </span>
      {t(`verdict.${message.verdict}`)} {number(message.score, 2)}
    </span>
  );
}

/** From this chance on it counts as a likely mistake (domain/triage.py). */
export const LIKELY = 0.05;

function Row(p: {
  message: Message;
  index: number;
  top: number;
  of: number;
  open: boolean;
  gone: boolean;
  picked: boolean;
  shelf: string;
  onPick: (on: boolean, range: boolean) => void;
  onOpen: () => void;
}) {
  const m = p.message;
  const many = level(scope.value) !== "recipient";
  const shift = useRef(false);
  const alike = m.folded.length + 1;
  return (
    <li
      class={`mail ${p.open ? "open" : ""} ${p.picked ? "picked" : ""} ${p.gone ? "gone" : ""}`}
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
        <span class="pick-none" />
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
        <span class="from cut">
          <bdi>{m.sender || t("no_sender")}</bdi>
        </span>
        <time class="when" dateTime={m.received_at} title={fullDate(m.received_at)}>
          {shortDate(m.received_at)}
        </time>
        <span class="about cut">
          <bdi>{m.subject || <em class="muted">{t("no_subject")}</em>}</bdi>
        </span>
        <span class="foot">
          <Class message={m} />
          {p.gone ? <span class="chip info">{t(`state.${m.state}`)}</span> : null}
          {!p.gone && p.shelf === "log" ? <span class="chip">{t(`status.${m.status}`)}</span> : null}
          {alike > 1 ? <span class="chip">{t("alike", { n: alike })}</span> : null}
          {(m.chance ?? 0) >= LIKELY && !p.gone ? <span class="chip warn">{t("likely")}</span> : null}
          {m.release_request?.state === "open" ? <span class="chip info">{t("request.chip")}</span> : null}
          {m.lesson ? <span class="chip info">{t(`lesson.${m.lesson}`)}</span> : null}
          <span class="cut grow end">{many ? m.owner : m.state === "held" ? t("expires", { when: relative(m.expires_at) }) : ""}</span>
        </span>
      </a>
    </li>
  );
}
