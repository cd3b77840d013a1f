/** Saved searches: save, apply, rename, forget, and move here what this browser kept before. */
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { del, path, Problem, put } from "../api";
import { t } from "../i18n";
import { EXTRAS, finer, looked, type Looked } from "../looked";
import { go, href } from "../router";
import { keepHere, keptHere, maySave, readSaved, saved, type Saved } from "../saved";
import * as session from "../session";
import { Button, Dialog, Empty, Field, Loaded, Note, toast, useFetched, wordsOf } from "../ui/parts";
import { INCOMING, LOG, OUTGOING, type Shelf } from "./quarantine";

const SHELVES: readonly Shelf[] = [INCOMING, OUTGOING, LOG];
const told = (error: unknown): string => (error instanceof Problem && error.detail && error.status < 500 && error.status !== 404 ? error.detail : wordsOf(error));
const same = (a: string, b: string): boolean => a.trim().toLocaleLowerCase() === b.trim().toLocaleLowerCase();
const newId = (): string => crypto.randomUUID?.() ?? `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;

async function write(each: Saved): Promise<void> {
  await put(path`/v1/me/searches/${each.id}`, { name: each.name, search: each.search });
  await readSaved();
}

/** A moment as the day it begins here, where it begins one. */
function dayOf(moment: string, earlier: number): string {
  const at = new Date(moment);
  if (at.getHours() || at.getMinutes() || at.getSeconds()) return moment;
  at.setDate(at.getDate() - earlier);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** The place that shows a search: the shelf and the choice that say most of it, and the rest as finer conditions. */
function placeOf(search: Looked): { shelf: Shelf; query: URLSearchParams } {
  const rest = Object.fromEntries(EXTRAS.filter((name) => search[name] !== undefined).map((name) => [name, search[name]]));
  const fits = SHELVES.flatMap((shelf) => shelf.choices.map((choice) => ({ shelf, choice, says: Object.entries(shelf.query(choice)) })))
    .filter(({ says }) => says.every(([name, value]) => JSON.stringify(rest[name as keyof typeof rest]) === JSON.stringify(value)))
    .sort((a, b) => b.says.length - a.says.length)[0]!;
  const query = new URLSearchParams();
  if (fits.choice !== fits.shelf.choices[0]) query.set("show", fits.choice);
  if (search.q) query.set("q", search.q);
  if (search.since) query.set("since", dayOf(search.since, 0));
  if (search.before) query.set("before", dayOf(search.before, 1));
  const shown = new Set(fits.says.map(([name]) => name));
  for (const [name, value] of Object.entries(rest)) {
    if (!shown.has(name)) for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  }
  return { shelf: fits.shelf, query };
}

export function apply({ search }: Saved): void {
  const me = session.me.value!;
  if (search.scope && search.scope !== session.scope.value) {
    const inside = me.scope === "global" || search.scope === me.scope || search.scope.endsWith(`@${me.scope}`) || me.scopes.includes(search.scope);
    if (!inside) return toast(t("error.gone"), { bad: true });
    session.chosenScope.value = search.scope === me.scope ? "" : search.scope;
  }
  const { shelf, query } = placeOf(search);
  go(href([shelf.key], query));
}

/** In words: where, what, when, and the rest. */
function words({ search }: Saved): string {
  const { shelf, query } = placeOf(search);
  const show = query.get("show") ?? shelf.choices[0]!;
  return [
    search.scope,
    t(`nav.${shelf.key}`),
    t(shelf.searches ? `status.${show}` : `shelf.${show}`),
    search.q,
    search.since || search.before ? [query.get("since"), query.get("before")].map((day) => day ?? "").join(" – ") : "",
    finer(query),
  ]
    .filter(Boolean)
    .join(" · ");
}

/** The dialog that is open: a search to be named, or all of them. */
export type Opened = { save: Looked; name: string } | "all";
export const opened = signal<Opened | null>(null);

export function SavedSearches() {
  const now = opened.value;
  const close = () => (opened.value = null);
  if (now === null) return null;
  return now === "all" ? <All onClose={close} /> : <Name start={{ id: newId(), name: now.name, search: now.save }} fresh onClose={close} />;
}

function Name(p: { start: Saved; fresh?: boolean; onClose: () => void }) {
  const [name, setName] = useState(p.start.name);
  const [wrong, setWrong] = useState("");
  const list = useFetched(readSaved, []);
  const taken = (saved.value ?? []).find((each) => same(each.name, name) && each.id !== p.start.id);
  const submit = async (e: Event) => {
    e.preventDefault();
    try {
      await write({ ...p.start, name: name.trim(), id: p.fresh && taken ? taken.id : p.start.id });
      toast(t("saved.done", { name: name.trim() }));
      p.onClose();
    } catch (error) {
      setWrong(told(error));
    }
  };
  return (
    <Dialog title={t(p.fresh ? "search.keep" : "saved.rename")} onClose={p.onClose}>
      <form class="stack" onSubmit={(e) => void submit(e)}>
        <p class="muted small wrap">{words(p.start)}</p>
        <Field label={t("saved.name")} error={wrong || undefined} hint={p.fresh && taken ? t("saved.taken") : undefined}>
          {(given) => <input type="text" {...given} required maxLength={80} autocomplete="off" value={name} onInput={(e) => setName(e.currentTarget.value)} />}
        </Field>
        <div class="dialog-foot">
          <Button onClick={p.onClose}>{t("cancel")}</Button>
          <Button kind="primary" submit disabled={list.loading && saved.value === undefined}>
            {t(p.fresh && taken ? "saved.replace" : "save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function All({ onClose }: { onClose: () => void }) {
  const [renamed, setRenamed] = useState<Saved | null>(null);
  const read = useFetched(readSaved, []);
  const forget = async (each: Saved) => {
    try {
      await del(path`/v1/me/searches/${each.id}`);
      await readSaved();
      toast(t("saved.gone", { name: each.name }), { undo: () => void write(each).catch((error: unknown) => toast(told(error), { bad: true })) });
    } catch (error) {
      toast(told(error), { bad: true });
    }
  };
  const list = saved.value;
  return (
    <Dialog title={t("saved")} onClose={onClose}>
      <div class="stack">
        <Move />
        <Loaded from={{ ...read, ...(list === undefined ? {} : { data: list }), again: read.again }} lines={3}>
          {() =>
            list?.length ? (
              <ul role="list" class="stack tight saved">
                {list.map((each) => (
                  <li key={each.id} class="row between">
                    <button
                      type="button"
                      class="grow pickable"
                      onClick={() => {
                        onClose();
                        apply(each);
                      }}
                    >
                      <span class="block wrap">{each.name}</span>
                      <span class="muted small block wrap">{words(each)}</span>
                    </button>
                    {maySave() ? (
                      <>
                        <Button kind="quiet" icon="pen" label={`${t("saved.rename")}: ${each.name}`} onClick={() => setRenamed(each)} />
                        <Button kind="quiet" icon="bin" label={`${t("saved.forget")}: ${each.name}`} onClick={() => void forget(each)} />
                      </>
                    ) : null}
                  </li>
                ))}
              </ul>
            ) : (
              <Empty icon="star" title={t("saved.none")}>
                <p>{t("saved.none.text")}</p>
              </Empty>
            )
          }
        </Loaded>
        {renamed ? <Name start={renamed} onClose={() => setRenamed(null)} /> : null}
      </div>
    </Dialog>
  );
}

/** An offer, not a habit: a browser may be shared, and what it kept may be another's. */
function Move() {
  const [kept, setKept] = useState(keptHere);
  const [busy, setBusy] = useState(false);
  if (!kept.length || !maySave()) return null;
  const move = async () => {
    setBusy(true);
    const count = kept.length;
    // Each has its id before it is sent: what is sent twice is one search.
    let left = kept.map((each) => ({ ...each, id: each.id ?? newId() }));
    keepHere(left);
    try {
      for (const each of [...left]) {
        const shelf = SHELVES.find((one) => one.key === each.shelf) ?? LOG;
        const query = new URLSearchParams(each.query);
        const search = looked(shelf, shelf.choices.includes(query.get("show") ?? "") ? query.get("show")! : shelf.choices[0]!, query);
        const others = (saved.value ?? []).filter((one) => one.id !== each.id);
        let name = each.name.trim().slice(0, 70) || t(`nav.${shelf.key}`);
        for (let n = 2; others.some((one) => same(one.name, name)); n += 1) name = `${each.name.trim().slice(0, 70)} (${n})`;
        await write({ id: each.id, name, search });
        left = left.filter((one) => one.id !== each.id);
        keepHere(left);
      }
      toast(t("saved.moved", { n: count }));
    } catch (error) {
      toast(told(error), { bad: true });
    }
    setKept(left);
    setBusy(false);
  };
  return (
    <Note icon="star">
      <div class="stack tight">
        <span>{t("saved.kept", { n: kept.length })}</span>
        <span class="buttons">
          <Button busy={busy} onClick={() => void move()}>
            {t("saved.move")}
          </Button>
          <Button
            kind="quiet"
            onClick={() => {
              keepHere([]);
              setKept([]);
            }}
          >
            {t("saved.forget")}
          </Button>
        </span>
      </div>
    </Note>
  );
}
