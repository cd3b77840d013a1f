/** One's saved searches: read when they are first asked for. What is done with them is in views/saved.tsx, which is loaded then. */
import { effect, signal } from "@preact/signals";
import { get, Problem } from "./api";
import type { Looked } from "./looked";
import { me } from "./session";

export interface Saved {
  id: string;
  name: string;
  search: Looked;
}

/** By name; undefined while nobody asked, null where there are none for whoever is here (somebody else's eyes, another's token). */
export const saved = signal<Saved[] | null | undefined>(undefined);
effect(() => {
  void me.value;
  saved.value = undefined;
});

export async function readSaved(): Promise<void> {
  try {
    saved.value = (await get<{ searches: Saved[] }>("/v1/me/searches")).searches;
  } catch (error) {
    saved.value = error instanceof Problem && error.status === 404 ? null : undefined;
  }
}

/** A person may keep searches also where it may only read mail; a token only where it may write. */
export const maySave = (): boolean => saved.value !== null && !me.value?.acting_as && (me.value?.login != null || Boolean(me.value?.may_write));

/** What this browser kept before accounts did: shelf and address. */
export interface Kept {
  name: string;
  shelf: string;
  query: string;
  id?: string;
}
const STORE = "pratique.searches";
export function keptHere(): Kept[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(STORE) ?? "[]");
    return Array.isArray(found) ? (found as Kept[]).filter((k) => typeof k.name === "string" && typeof k.query === "string") : [];
  } catch {
    return [];
  }
}
export function keepHere(left: Kept[]): void {
  if (left.length) localStorage.setItem(STORE, JSON.stringify(left));
  else localStorage.removeItem(STORE);
}
