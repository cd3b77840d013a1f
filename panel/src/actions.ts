/** What a person can do with messages: one or many, at once on the screen, with a way back. */
import { signal } from "@preact/signals";
import { path, post, Problem } from "./api";
import { t } from "./i18n";
import * as listing from "./listing";
import { isAdmin, mayWrite } from "./session";
import type { BulkAnswer, Message, State } from "./types";
import { toast, wordsOf } from "./ui/parts";

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

export const busy = signal<ReadonlySet<string>>(new Set());
export interface Job {
  name: Name;
  done: number;
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
    return true;
  } catch (error) {
    listing.unmarkDone([message.id]);
    toast(trouble(error), { bad: true });
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
export async function actOnMany(name: Name, messages: readonly Message[]): Promise<void> {
  const action = ACTIONS[name];
  const able = messages.filter((m) => can(name, m));
  if (!able.length || job.value) return;
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
