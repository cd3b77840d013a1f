/** What a person can do with messages: one or many, at once on the screen, with a way back. */
import { signal } from "@preact/signals";
import { exchange, get, newKey, path, post, Problem } from "./api";
import { t } from "./i18n";
import * as listing from "./listing";
import { isAdmin, mayWrite } from "./session";
import type { BulkAnswer, Message, State } from "./types";
import { question, tellFailure, toast, wordsOf } from "./ui/parts";

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
  /** Something of it can be taken back: a delivery cannot. */
  undo?: boolean;
}

export const ACTIONS: Record<Name, Action> = {
  release: { icon: "send", shortcut: "r", verb: "release", body: {}, from: ["held", "failed"], leaves: true },
  releaseTrain: { icon: "learn", shortcut: "t", verb: "release", body: { train: true }, from: ["held", "failed"], leaves: true, undo: true },
  releaseAllow: { icon: "star", shortcut: "w", verb: "release", body: { allow: "recipient" }, from: ["held", "failed"], leaves: true, undo: true },
  removeBlock: { icon: "block", shortcut: "b", verb: "remove", body: { block: "recipient" }, from: ["held", "failed"], leaves: true, undo: true },
  remove: { icon: "bin", shortcut: "x", verb: "remove", body: {}, from: ["held", "failed"], leaves: true, undo: true },
  notSpam: { icon: "check", shortcut: "n", verb: "train", body: { label: "ham" }, from: ["held", "releasing", "released", "delivered", "removed", "queued", "failed"], leaves: false, undo: true },
  spam: { icon: "alert", shortcut: "s", verb: "train", body: { label: "spam" }, from: ["held", "releasing", "released", "delivered", "removed", "queued", "failed"], leaves: false, undo: true },
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
    const body = action.verb === "restore" ? undefined : { ...action.body, ...more };
    const { data: now, action: id } = await exchange<Message>("POST", path`/v1/messages/${message.id}/${action.verb}`, { body });
    listing.replaceRow(now);
    if (!action.leaves) listing.unmarkDone([message.id]);
    changed.value += 1;
    toast(t(`did.${name}`), { undo: action.undo && id ? () => void takeBack([id], [before]) : undefined });
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

interface Undone {
  parts: { kind: string; target: string; outcome: string; note: string }[];
}

/** Take actions back, whole: messages, reports, list entries. A delivery stays one, and that is said. */
async function takeBack(ids: readonly string[], messages: readonly Message[]): Promise<void> {
  let stays = 0;
  let failed: unknown;
  for (const id of ids) {
    try {
      const { parts } = await post<Undone>(path`/v1/actions/${id}/undo`);
      stays += parts.filter((p) => p.outcome !== "undone").length;
    } catch (error) {
      failed = error;
    }
  }
  await Promise.all(messages.slice(0, 20).map(async (each) => {
    try {
      const { message } = await get<{ message: Message }>(path`/v1/messages/${each.id}`);
      listing.replaceRow(message);
      if (message.state === "held") listing.unmarkDone([each.id]);
    } catch {
      // it is gone: the list says so when it is read anew
    }
  }));
  changed.value += 1;
  if (messages.length > 20) await listing.refresh();
  if (failed !== undefined) tellFailure(failed);
  else toast(t(stays ? "undo.partly" : "undo.done"));
}

const BATCH = 100;

/** Do it to many, a batch at a time, with progress that can be stopped, and one way back for all of them. */
export async function actOnMany(name: Name, messages: readonly Message[]): Promise<boolean> {
  const action = ACTIONS[name];
  const able = messages.filter((m) => can(name, m));
  if (!able.length || job.value) return false;
  job.value = { name, done: 0, total: able.length, stopped: false };
  const fine: Message[] = [];
  const ids: string[] = [];
  let failed = 0;
  try {
    for (let i = 0; i < able.length && !job.value.stopped; i += BATCH) {
      const batch = able.slice(i, i + BATCH);
      const { data, action: id } = await exchange<{ answers: BulkAnswer[] }>("POST", "/v1/messages/bulk", { body: { action: action.verb, ids: batch.map((m) => m.id), ...action.body } });
      if (id) ids.push(id);
      const answers = data.answers;
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
  if (fine.length) toast(t(`bulk.did.${name}`, { n: fine.length }), { undo: action.undo && ids.length ? () => void takeBack(ids, fine) : undefined });
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
/** Milliseconds between two looks at a job: the first comes soon, for most jobs are short. */
const FIRST_LOOK = 150;
const POLL = 1_200;

/** Do it to everything that a search finds: a job in the background, which goes on also when this page is closed. */
export async function actOnSearch(name: Name, search: Record<string, unknown>): Promise<void> {
  if (job.value) return;
  const action = ACTIONS[name];
  job.value = { name, done: 0, total: 0, stopped: false };
  try {
    const ordered = await post<BackgroundJob>("/v1/jobs", { action: action.verb, search, ...action.body }, { key: newKey() });
    const ended = await follow(ordered);
    toast(t(`bulk.did.${name}`, { n: ended.done }), { undo: ended.done && action.undo ? () => void takeJobBack(ended, name) : undefined });
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
  for (let pause = FIRST_LOOK; !ENDED.has(now.state); pause = Math.min(POLL, pause * 2)) {
    await new Promise((go) => setTimeout(go, pause));
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
    toast(t(ACTIONS[name].verb === "release" ? "undo.partly" : "undo.done")); // a delivery stays one
    if (ended.refused) toast(t("undo.failed", { n: ended.refused }), { bad: true });
  } catch (error) {
    toast(trouble(error), { bad: true });
  }
  job.value = null;
  changed.value += 1;
  await listing.refresh();
}
