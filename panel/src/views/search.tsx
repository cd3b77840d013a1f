/** Search: words, days, and the way to saved searches. */
import { signal } from "@preact/signals";
import type { FunctionComponent } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { credentials, Problem } from "../api";
import { t } from "../i18n";
import { dayOf, EXTRAS, finer, looked } from "../looked";
import { go, place, withQuery } from "../router";
import { keptHere, maySave, readSaved, saved } from "../saved";
import { scope } from "../session";
import { Button, Dialog, Field, Menu, type MenuEntry, tellFailure } from "../ui/parts";
import { Icon } from "../ui/icon";
import type { Shelf } from "./quarantine";
import type { Opened } from "./saved";

const PAUSE = 350;
/** Saved searches that are in the menu itself. */
const AT_HAND = 8;

async function open(what: Opened): Promise<void> {
  const part = await import("./saved");
  part.opened.value = what;
  dialogs.value = part.SavedSearches;
}
const dialogs = signal<FunctionComponent | null>(null);

export function SearchField({ shelf, choice }: { shelf: Shelf; choice: string }) {
  const now = place.value.query.get("q") ?? "";
  const [text, setText] = useState(now);
  const [more, setMore] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const typed = useRef(now);
  useEffect(() => {
    if (now !== typed.current) {
      typed.current = now;
      setText(now);
    }
  }, [now]);
  const look = (words: string) => {
    clearTimeout(timer.current);
    typed.current = words.trim();
    go(withQuery({ q: words.trim() || null }), true);
  };
  const query = place.value.query;
  const filters = ["since", "before"].filter((name) => query.get(name));
  const conditions = finer(query);
  const mine = saved.value ?? [];
  const Dialogs = dialogs.value;
  const entries: (MenuEntry | null)[] = [
    { label: t("search.days"), icon: "clock", onPick: () => setMore(true) },
    ...(maySave() && (now || filters.length || conditions || query.get("show"))
      ? [{ label: t("search.keep"), icon: "star", onPick: () => void open({ save: looked(shelf, choice, query), name: nameOf(query) }) }]
      : []),
    null,
    ...mine.slice(0, AT_HAND).map((each) => ({ label: each.name, icon: "search", onPick: () => void import("./saved").then((part) => part.apply(each)) })),
    ...(saved.value === null ? [] : [{ label: t("saved.all"), icon: "list", onPick: () => void open("all") }]),
    ...(maySave() && keptHere().length ? [{ label: t("saved.here"), icon: "download", onPick: () => void open("all") }] : []),
    null,
    { label: t("search.csv"), icon: "download", onPick: () => void csv(shelf, choice) },
  ];
  return (
    <>
    <form
      role="search"
      class="row"
      onSubmit={(e) => {
        e.preventDefault();
        look(text);
      }}
    >
      <label class="search grow">
        <span class="sr">{t("search")}</span>
        <Icon name="search" />
        <input
          type="search"
          value={text}
          placeholder={t("search.placeholder")}
          title={t("search.hint")}
          maxLength={1000}
          autocomplete="off"
          spellcheck={false}
          onInput={(e) => {
            const words = e.currentTarget.value;
            setText(words);
            clearTimeout(timer.current);
            timer.current = setTimeout(() => look(words), PAUSE);
          }}
          onKeyDown={(e) => {
            if (e.key === "Escape" && text) {
              e.preventDefault();
              setText("");
              look("");
            } else if (e.key === "ArrowDown") {
              e.preventDefault();
              document.querySelector<HTMLElement>(".mail-link")?.focus();
            }
          }}
        />
      </label>
      {filters.length ? (
        <button type="button" class="chip info chip-button" onClick={() => go(withQuery({ since: null, before: null }), true)}>
          {[query.get("since"), query.get("before")].flatMap((day) => (day ? [dayOf(day)] : [])).join(" – ")}
          <Icon name="close" />
          <span class="sr">{t("search.any_day")}</span>
        </button>
      ) : null}
      {conditions ? (
        <button type="button" class="chip info chip-button" onClick={() => go(withQuery(Object.fromEntries(EXTRAS.map((name) => [name, null]))), true)}>
          <span class="cut">{conditions}</span>
          <Icon name="close" />
          <span class="sr">{t("saved.wider")}</span>
        </button>
      ) : null}
      <Menu label={t("search.more")} icon="sliders" kind="quiet" entries={entries} onOpen={() => void readSaved()} />
    </form>
    {Dialogs ? <Dialogs /> : null}
    {more ? <Days onClose={() => setMore(false)} /> : null}
    </>
  );
}

const nameOf = (query: URLSearchParams): string =>
  [query.get("q"), query.get("show"), [query.get("since"), query.get("before")].flatMap((day) => (day ? [dayOf(day)] : [])).join(" – "), finer(query)].filter(Boolean).join(" · ").slice(0, 60);

function Days({ onClose }: { onClose: () => void }) {
  const query = place.value.query;
  const [since, setSince] = useState(query.get("since") ?? "");
  const [before, setBefore] = useState(query.get("before") ?? "");
  const submit = (e: Event) => {
    e.preventDefault();
    onClose();
    go(withQuery({ since: since || null, before: before || null }), true);
  };
  return (
    <Dialog title={t("search.days")} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        <div class="grid2">
          <Field label={t("search.since")}>{(given) => <input type="date" {...given} value={since} max={before || undefined} onInput={(e) => setSince(e.currentTarget.value)} />}</Field>
          <Field label={t("search.until")}>{(given) => <input type="date" {...given} value={before} min={since || undefined} onInput={(e) => setBefore(e.currentTarget.value)} />}</Field>
        </div>
        <div class="dialog-foot">
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button kind="primary" submit>
            {t("search")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

const PAGES = 50;

/** What is shown, as a CSV file: page after page, put together here. */
async function csv(shelf: Shelf, choice: string): Promise<void> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...looked(shelf, choice, place.value.query), scope: scope.value })) {
    for (const one of Array.isArray(value) ? value : [value]) if (one) query.append(name, String(one));
  }
  query.set("limit", "1000");
  const parts: string[] = [];
  try {
    for (let page = 0; page < PAGES; page += 1) {
      const answer = await fetch(`/v1/messages/export?${query}`, { headers: credentials.headers(), credentials: "same-origin", cache: "no-store" });
      if (!answer.ok) throw new Problem(answer.status, "failed", "");
      const text = await answer.text();
      parts.push(text);
      const cursor = answer.headers.get("X-Next-Cursor");
      if (!cursor) break;
      query.set("cursor", cursor);
    }
  } catch (error) {
    tellFailure(error instanceof Problem ? error : new Problem(0, "offline", ""));
    return;
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(parts, { type: "text/csv" }));
  link.download = `pratique-${new Date().toISOString().slice(0, 10)}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
