/** The one way to the API: same origin, JSON, problems as exceptions. */

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly requestId = "",
  ) {
    super(detail || code);
  }
  get offline(): boolean {
    return this.status === 0;
  }
}

export type Query = Record<string, string | number | boolean | readonly string[] | null | undefined>;

export interface Asked {
  query?: Query;
  body?: unknown;
  key?: string;
  signal?: AbortSignal;
  keepalive?: boolean;
}

/** What is sent along with each call; set by session.ts. */
export const credentials: { headers: () => Record<string, string>; lost: () => void } = {
  headers: () => ({}),
  lost: () => undefined,
};

export function path(parts: TemplateStringsArray, ...values: string[]): string {
  return parts.reduce((done, part, i) => done + encodeURIComponent(values[i - 1] ?? "") + part);
}

function queryText(query: Query | undefined): string {
  const found = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === null || value === undefined || value === "") continue;
    for (const one of Array.isArray(value) ? value : [value]) found.append(name, String(one));
  }
  const text = found.toString();
  return text ? `?${text}` : "";
}

/** The id of the action that the last call was, where it can be taken back (POST /v1/actions/{id}/undo). */
export interface Done<T> {
  data: T;
  action: string;
}

export async function call<T>(method: string, where: string, asked: Asked = {}): Promise<T> {
  return (await exchange<T>(method, where, asked)).data;
}

export async function exchange<T>(method: string, where: string, asked: Asked = {}): Promise<Done<T>> {
  const headers: Record<string, string> = { Accept: "application/json", ...credentials.headers() };
  if (asked.body !== undefined) headers["Content-Type"] = "application/json";
  if (asked.key) headers["Idempotency-Key"] = asked.key;
  let answer: Response;
  try {
    answer = await fetch(where + queryText(asked.query), {
      method,
      headers,
      body: asked.body === undefined ? null : JSON.stringify(asked.body),
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
      signal: asked.signal ?? null,
      keepalive: asked.keepalive ?? false,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, "offline", "");
  }
  const action = answer.headers.get("pratique-action") ?? "";
  if (answer.status === 204) return { data: undefined as T, action };
  const text = await answer.text();
  let data: unknown = null;
  try {
    data = text ? JSON.parse(text) : null;
  } catch {
    data = null;
  }
  if (answer.ok) return { data: data as T, action };
  const told = (data ?? {}) as { code?: string; detail?: string; message?: string; request_id?: string };
  const problem = new Problem(
    answer.status,
    told.code ?? (answer.status === 401 || answer.status === 403 ? "unauthenticated" : "failed"),
    told.detail ?? "",
    told.request_id ?? "",
  );
  if ((answer.status === 401 || answer.status === 403) && (!told.code || told.code === "unauthenticated")) credentials.lost();
  throw problem;
}

export const get = <T>(where: string, query?: Query, signal?: AbortSignal): Promise<T> =>
  call<T>("GET", where, { query, signal });
export const post = <T>(where: string, body?: unknown, more: Asked = {}): Promise<T> =>
  call<T>("POST", where, { ...more, body });
export const patch = <T>(where: string, body: unknown): Promise<T> => call<T>("PATCH", where, { body });
export const put = <T>(where: string, body: unknown): Promise<T> => call<T>("PUT", where, { body });
export const del = <T>(where: string, query?: Query): Promise<T> => call<T>("DELETE", where, { query });

/** A key under which a write may be sent again without being done again. */
export const newKey = (): string => crypto.randomUUID();
