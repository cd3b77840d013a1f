/** What a person can do with messages: one or many, at once on the screen, with a way back. */
import { signal } from "@preact/signals";
import { get, newKey, path, post, Problem } from "./api";
import { t } from "./i18n";
import * as listing from "./listing";
import { isAdmin, mayWrite } from "./session";
import type { BulkAnswer, Message, State } from "./types";
import { question, toast, wordsOf } from "./ui/parts";

export type Name = "release" | "releaseTrain" | "releaseAllow" | "removeBlock" | "remove" | "notSpam" | "spam" | "restore";

interface Action {
  icon: string;
  shortcut: string;
  /** What the single call takes. */
  verb: "release" | "remove" | "train" | "restore";
  body: Record<string, unknown>;
  /** The states that it may start from. */
  from: readonly State[];
  /** The row leaves the list of held mail. */
  leaves: boolean;
  undo?: "restore" | "untrain";
}

export const ACTIONS: Record<Name, Action> = {
  release: { icon: "send", shortcut: "r", verb: "release", body: {}, from: ["held", "failed"], leaves: true },
  releaseTrain: { icon: "learn", shortcut: "t", verb: "release", body: { train: true }, from: ["held", "failed"], leaves: true },
  releaseAllow: { icon: "star", shortcut: "w", verb: "release", body: { allow: "recipient" }, from: ["held", "failed"], leaves: true },
  removeBlock: { icon: "block", shortcut: "b", verb: "remove", body: { block: "recipient" }, from: ["held", "failed"], leaves: true, undo: "restore" },
  remove: { icon: "bin", shortcut: "x", verb: "remove", body: {}, from: ["held", "failed"], leaves: true, undo: "restore" },
  notSpam: { icon: "check", shortcut: "n", verb: "train", body: { label: "ham" }, from: ["held", "releasing", "released", "delivered", "removed", "queued", "failed"], leaves: false, undo: "untrain" },
  spam: { icon: "alert", shortcut: "s", verb: "train", body: { label: "spam" }, from: ["held", "releasing", "released", "delivered", "removed", "queued", "failed"], leaves: false, undo: "untrain" },
  restore: { icon: "undo", shortcut: "z", verb: "restore", body: {}, from: ["removed"], leaves: false },
};

export const can = (name: Name, message: Message): boolean => mayWrite.value && ACTIONS[name].from.includes(message.state);
export const domainToo = (): boolean => isAdmin.value;

/** A message that its recipient may only ask for. */
export const asking = signal<Message | null>(null);
/** What is like a message that was just reported. */
export const offers = signal<{ message: Message; aim: "release" | "recall"; count: number } | null>(null);

export const busy = signal<ReadonlySet<string>>(new Set());
export interface Job {
  name: Name;
  done: number;
  /** 0: nobody knows how many there are. */
  total: number;
  stopped: boolean;
}
export const job = signal<Job | null>(null);
/** Rises when something was done to the message that is open, so that its view reads it anew. */
export const changed = signal(0);

function mark(ids: readonly string[], on: boolean): void {
  const next = new Set(busy.value);
  for (const id of ids) if (on) next.add(id);
    else next.delete(id);
  busy.value = next;
}

/** Do it to one message. Answers whether it was done; says so itself, with the way back. */
export async function act(name: Name, message: Message, more: Record<string, unknown> = {}): Promise<boolean> {
  const action = ACTIONS[name];
  if (!can(name, message) || busy.value.has(message.id)) return false;
  mark([message.id], true);
  const before = message;
  if (action.leaves) listing.markDone([message]);
  try {
    const now = await post<Message>(path`/v1/messages/${message.id}/${action.verb}`, { ...(action.verb === "restore" ? {} : action.body), ...more });
    listing.replaceRow(now);
    if (!action.leaves) listing.unmarkDone([message.id]);
    changed.value += 1;
    toast(t(`did.${name}`), { undo: action.undo ? () => void takeBack(name, [before]) : undefined });
    if (now.offer && now.offer.count > 0) offers.value = { message: now, aim: now.offer.aim, count: now.offer.count };
    return true;
  } catch (error) {
    listing.unmarkDone([message.id]);
    if (error instanceof Problem && error.code === "request_needed") asking.value = message;
    else if (error instanceof Problem && error.status === 403 && message.held_for === "virus" && isAdmin.value && action.verb === "release") {
      question.value = {
        title: t("virus.title"),
        text: t("virus.text"),
        verb: t(`act.${name}`),
        danger: true,
        yes: () => void act(name, message, { ...more, override: true }),
      };
    } else toast(trouble(error), { bad: true });
    return false;
  } finally {
    mark([message.id], false);
  }
}

function trouble(error: unknown): string {
  if (error instanceof Problem && error.code === "no_route") return t("error.no_route");
  return wordsOf(error);
}

async function takeBack(name: Name, messages: readonly Message[]): Promise<void> {
  const how = ACTIONS[name].undo;
  if (!how) return;
  let failed = 0;
  for (const each of messages) {
    try {
      const now = await post<Message>(path`/v1/messages/${each.id}/${how}`);
      listing.replaceRow(now);
      listing.unmarkDone([each.id]);
    } catch {
      failed += 1;
    }
  }
  changed.value += 1;
  toast(failed ? t("undo.failed", { n: failed }) : t("undo.done"), { bad: failed > 0 });
}

const BATCH = 100;

/** Do it to many, a batch at a time, with progress that can be stopped, and one way back for all of them. */
export async function actOnMany(name: Name, messages: readonly Message[]): Promise<boolean> {
  const action = ACTIONS[name];
  const able = messages.filter((m) => can(name, m));
  if (!able.length || job.value) return false;
  job.value = { name, done: 0, total: able.length, stopped: false };
  const fine: Message[] = [];
  let failed = 0;
  try {
    for (let i = 0; i < able.length && !job.value.stopped; i += BATCH) {
      const batch = able.slice(i, i + BATCH);
      const answers = await bulk(action.verb, batch.map((m) => m.id), action.body);
      const by = new Map(answers.map((a) => [a.id, a]));
      const worked = batch.filter((m) => by.get(m.id)?.ok);
      failed += batch.length - worked.length;
      fine.push(...worked);
      if (action.leaves) listing.markDone(worked);
      for (const each of worked) listing.replaceRow({ ...each, state: by.get(each.id)!.state ?? each.state });
      job.value = { ...job.value, done: Math.min(i + BATCH, able.length) };
    }
  } catch (error) {
    toast(trouble(error), { bad: true });
  }
  job.value = null;
  changed.value += 1;
  listing.pickAll(false);
  if (failed) toast(t("bulk.some_failed", { n: failed }), { bad: true });
  if (fine.length) toast(t(`bulk.did.${name}`, { n: fine.length }), { undo: action.undo ? () => void takeManyBack(name, fine) : undefined });
  return fine.length > 0;
}

interface BackgroundJob {
  id: string;
  state: string;
  looked_at: number;
  done: number;
  refused: number;
  note: string;
}
const ENDED = new Set(["done", "stopped", "failed"]);
const POLL = 1_200;

/** Do it to everything that a search finds: a job in the background, which goes on also when this page is closed. */
export async function actOnSearch(name: Name, search: Record<string, unknown>): Promise<void> {
  if (job.value) return;
  const action = ACTIONS[name];
  job.value = { name, done: 0, total: 0, stopped: false };
  try {
    const ordered = await post<BackgroundJob>("/v1/jobs", { action: action.verb, search, ...action.body }, { key: newKey() });
    const ended = await follow(ordered);
    toast(t(`bulk.did.${name}`, { n: ended.done }), { undo: ended.done && action.verb !== "restore" ? () => void takeJobBack(ended, name) : undefined });
    if (ended.refused) toast(t("bulk.some_failed", { n: ended.refused }), { bad: true });
    if (ended.state === "failed") toast(t("job.failed"), { bad: true });
  } catch (error) {
    toast(trouble(error), { bad: true });
  }
  job.value = null;
  changed.value += 1;
  await listing.refresh();
}

async function follow(ordered: BackgroundJob): Promise<BackgroundJob> {
  let now = ordered;
  let asked = false;
  while (!ENDED.has(now.state)) {
    await new Promise((go) => setTimeout(go, POLL));
    if (job.value?.stopped && !asked) {
      asked = true;
      await post(path`/v1/jobs/${ordered.id}/stop`);
    }
    now = await get<BackgroundJob>(path`/v1/jobs/${ordered.id}`);
    if (job.value) job.value = { ...job.value, done: now.done };
  }
  return now;
}

async function takeJobBack(done: BackgroundJob, name: Name): Promise<void> {
  if (job.value) return;
  job.value = { name, done: 0, total: done.done, stopped: false };
  try {
    const ended = await follow(await post<BackgroundJob>(path`/v1/jobs/${done.id}/undo`));
    toast(t("undo.done"), {});
    if (ended.refused) toast(t("undo.failed", { n: ended.refused }), { bad: true });
  } catch (error) {
    toast(trouble(error), { bad: true });
  }
  job.value = null;
  changed.value += 1;
  await listing.refresh();
}

const bulk = async (verb: string, ids: string[], body: Record<string, unknown>): Promise<BulkAnswer[]> =>
  (await post<{ answers: BulkAnswer[] }>("/v1/messages/bulk", { action: verb, ids, ...body })).answers;

async function takeManyBack(name: Name, messages: readonly Message[]): Promise<void> {
  if (ACTIONS[name].undo === "untrain") return takeBack(name, messages);
  let failed = 0;
  for (let i = 0; i < messages.length; i += BATCH) {
    const batch = messages.slice(i, i + BATCH);
    try {
      const answers = await bulk("restore", batch.map((m) => m.id), {});
      const back = answers.filter((a) => a.ok).map((a) => a.id);
      failed += batch.length - back.length;
      listing.unmarkDone(back);
      for (const each of batch) if (back.includes(each.id)) listing.replaceRow({ ...each, state: "held" });
    } catch {
      failed += batch.length;
    }
  }
  changed.value += 1;
  toast(failed ? t("undo.failed", { n: failed }) : t("undo.done"), { bad: failed > 0 });
}
