/** The list that is shown: pages as they are needed, what is picked, what is open, and what was done to it. */
import { computed, signal } from "@preact/signals";
import { get, type Query } from "./api";
import type { Message, MessagePage } from "./types";

export const PAGE = 100;

export interface Wanted {
  where: string;
  query: Query;
}

export const rows = signal<Message[]>([]);
export const cursor = signal<string | null>(null);
export const loading = signal(false);
export const failure = signal<unknown>(undefined);
export const started = signal(false);
/** How far back a search has looked. */
export const backTo = signal<string | null>(null);
export const picked = signal<ReadonlySet<string>>(new Set());
/** Copies that were acted on here: they stay, greyed, until the list is read anew, so that nothing jumps under the finger. */
export const done = signal<ReadonlyMap<string, Message>>(new Map());
export const allPicked = computed(() => rows.value.length > 0 && rows.value.every((m) => picked.value.has(m.id)));

/** Everything that fits is chosen, also what is not loaded. */
export const everything = signal(false);

/** A line of Training Requested: copies that are much alike, by the one in most doubt. */
interface Line {
  message: Message;
  gain: number;
  alike: string[];
}

let wanted: Wanted | null = null;
let running: AbortController | null = null;
let wantedKey = "";

export async function show(next: Wanted, force = false): Promise<void> {
  const key = JSON.stringify(next);
  if (key === wantedKey && !force) return;
  wanted = next;
  wantedKey = key;
  running?.abort();
  if (!force) {
    rows.value = [];
    started.value = false;
  }
  picked.value = new Set();
  everything.value = false;
  failure.value = undefined;
  cursor.value = null;
  backTo.value = null;
  await fetchPage(null);
}

export const refresh = (): Promise<void> => (wanted ? show(wanted, true) : Promise.resolve());
export const forget = (): void => {
  wantedKey = "";
  wanted = null;
  rows.value = [];
  started.value = false;
};

export async function more(): Promise<void> {
  if (loading.value || cursor.value === null || failure.value !== undefined) return;
  await fetchPage(cursor.value);
}

async function fetchPage(from: string | null): Promise<void> {
  if (!wanted) return;
  const stop = new AbortController();
  running = stop;
  loading.value = true;
  try {
    const found = await get<MessagePage & { lines?: Line[] }>(wanted.where, { ...wanted.query, limit: PAGE, cursor: from }, stop.signal);
    const page: MessagePage = found.lines ? { ...found, messages: found.lines.map((l) => ({ ...l.message, folded: l.alike })) } : found;
    if (stop.signal.aborted) return;
    const known = new Set(from === null ? [] : rows.value.map((m) => m.id));
    const fresh = page.messages.filter((m) => !known.has(m.id));
    rows.value = from === null ? fresh : [...rows.value, ...fresh];
    if (from === null) done.value = new Map();
    cursor.value = page.cursor;
    backTo.value = page.back_to ?? backTo.value;
    started.value = true;
  } catch (error) {
    if (stop.signal.aborted) return;
    failure.value = error;
    started.value = true;
  } finally {
    if (running === stop) loading.value = false;
  }
}

export async function retry(): Promise<void> {
  failure.value = undefined;
  await fetchPage(rows.value.length ? cursor.value : null);
}

export function pick(id: string, on: boolean): void {
  const next = new Set(picked.value);
  if (on) next.add(id);
  else next.delete(id);
  picked.value = next;
  everything.value = false;
}
export function pickRange(from: number, to: number): void {
  const next = new Set(picked.value);
  for (let i = Math.min(from, to); i <= Math.max(from, to); i += 1) {
    const row = rows.value[i];
    if (row) next.add(row.id);
  }
  picked.value = next;
}
export const pickAll = (on: boolean): void => {
  everything.value = false;
  picked.value = on ? new Set(rows.value.map((m) => m.id)) : new Set();
};

/** The new state of a message; what only the list knows of it stays. */
export function replaceRow(message: Message): void {
  rows.value = rows.value.map((m) => (m.id === message.id ? { ...m, ...message, folded: m.folded } : m));
}
/** What a line stands for: its message, and the others of its campaign. */
export const whole = (message: Message): Message[] => [message, ...message.folded.map((id) => ({ ...message, id, folded: [] }))];
export const pickedMessages = (): Message[] => rows.value.filter((m) => picked.value.has(m.id)).flatMap(whole);
export function markDone(messages: readonly Message[]): void {
  const next = new Map(done.value);
  for (const each of messages) next.set(each.id, each);
  done.value = next;
}
export function unmarkDone(ids: readonly string[]): void {
  const next = new Map(done.value);
  for (const id of ids) next.delete(id);
  done.value = next;
}
/** The next row in a direction that nothing was done to yet; the nearest one where there is none. */
export function neighbour(id: string, step: 1 | -1, skipDone = false): string | null {
  const all = rows.value;
  let i = all.findIndex((m) => m.id === id);
  if (i < 0) return all[0]?.id ?? null;
  for (i += step; i >= 0 && i < all.length; i += step) {
    if (!skipDone || !done.value.has(all[i]!.id)) return all[i]!.id;
  }
  return null;
}
