/** What a place looks for, in the words of the API's search; and what of it no field of the place shows. */
import { dayDate, number, size, t } from "./i18n";
import type { Shelf } from "./views/quarantine";

export interface Looked {
  scope?: string;
  q?: string;
  state?: string[];
  status?: string[];
  verdict?: string[];
  since?: string;
  before?: string;
  score_from?: number;
  score_to?: number;
  larger?: number;
  smaller?: number;
  direction?: string;
}

const LISTS = ["state", "status", "verdict"] as const;
const NUMBERS = ["score_from", "score_to", "larger", "smaller"] as const;
/** Fields that a place's address may hold beside those that it has controls for: a saved search may be finer than they are. */
export const EXTRAS = [...LISTS, ...NUMBERS, "direction"] as const;

/** The beginning of a day in the visitor's zone, `later` days on; a moment is taken as it is. */
function edge(day: string, later: number): string {
  if (day.includes("T")) return day;
  const at = new Date(`${day}T00:00:00`);
  at.setDate(at.getDate() + later);
  return Number.isNaN(at.getTime()) ? "" : at.toISOString();
}
export const dayOf = (asked: string): string => (asked.includes("T") ? dayDate(asked) : asked);

export function looked(shelf: Shelf, choice: string, query: URLSearchParams): Looked {
  const found: Looked = {};
  for (const [name, value] of Object.entries(shelf.query(choice))) Object.assign(found, { [name]: value });
  for (const name of LISTS) if (query.has(name)) found[name] = query.getAll(name);
  for (const name of NUMBERS) {
    const value = Number(query.get(name) || NaN);
    if (!Number.isNaN(value)) found[name] = value;
  }
  if (query.get("direction")) found.direction = query.get("direction")!;
  const words = query.get("q");
  const since = edge(query.get("since") ?? "", 0);
  const before = edge(query.get("before") ?? "", 1);
  if (words) found.q = words;
  if (since) found.since = since;
  if (before) found.before = before;
  return found;
}

/** The extras, for people; empty where there are none. */
export function finer(query: URLSearchParams): string {
  const amount = (name: string, before: string, show: (value: number) => string): string[] => (query.get(name) ? [`${before} ${show(Number(query.get(name)))}`] : []);
  return [
    ...LISTS.flatMap((name) => query.getAll(name).map((each) => t(`${name}.${each}`))),
    ...amount("score_from", "≥", (value) => number(value, 2)),
    ...amount("score_to", "≤", (value) => number(value, 2)),
    ...amount("larger", "≥", size),
    ...amount("smaller", "<", size),
    ...(query.get("direction") ? [t(query.get("direction") === "outgoing" ? "nav.outgoing" : "nav.incoming")] : []),
  ].join(" · ");
}
