/** Places in the panel are in the address's fragment: the files can lie anywhere, and no server has to know the places. */
import { computed, signal } from "@preact/signals";

export interface Place {
  path: string[];
  query: URLSearchParams;
}

function read(): Place {
  const [where = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  const parts = where.split("/").filter(Boolean);
  const decoded = parts.map((p) => {
    try {
      return decodeURIComponent(p);
    } catch {
      return p;
    }
  });
  return { path: decoded, query: new URLSearchParams(query) };
}

export const place = signal<Place>(read());
export const section = computed(() => place.value.path[0] ?? "");
addEventListener("hashchange", () => {
  place.value = read();
});

export function href(path: readonly string[], query?: Record<string, string | null | undefined> | URLSearchParams): string {
  const found = new URLSearchParams(query instanceof URLSearchParams ? query : {});
  if (query && !(query instanceof URLSearchParams)) {
    for (const [name, value] of Object.entries(query)) if (value) found.set(name, value);
  }
  const text = found.toString();
  return `#/${path.map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`;
}

export function go(to: string, replace = false): void {
  if (to === location.hash) return;
  if (replace) {
    history.replaceState(null, "", to);
    place.value = read();
  } else {
    location.hash = to.slice(1);
  }
}

/** The same place with other query fields; null takes one away. */
export function withQuery(changes: Record<string, string | null>): string {
  const query = new URLSearchParams(place.value.query);
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  return href(place.value.path, query);
}
