/** The small parts that every view is made of. */
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { get, Problem, type Query } from "../api";
import { has, t } from "../i18n";
import { Icon } from "./icon";

export interface ButtonProps {
  icon?: string;
  kind?: string;
  label?: string;
  children?: ComponentChildren;
  onClick?: (event: MouseEvent) => void;
  disabled?: boolean;
  busy?: boolean;
  submit?: boolean;
  pressed?: boolean;
  title?: string;
  shortcut?: string;
}

export function Button(p: ButtonProps) {
  return (
    <button
      type={p.submit ? "submit" : "button"}
      class={`button ${p.kind ?? ""} ${p.children ? "" : "square"}`}
      aria-label={p.label}
      title={p.title ?? (p.children ? undefined : p.label)}
      aria-pressed={p.pressed}
      aria-keyshortcuts={p.shortcut}
      disabled={p.disabled || p.busy}
      onClick={p.onClick}
    >
      {p.busy ? <span class="spin" aria-hidden="true" /> : p.icon ? <Icon name={p.icon} /> : null}
      {p.children}
    </button>
  );
}

export function Field(p: {
  label: string;
  hint?: ComponentChildren;
  error?: string | undefined;
  children: (given: { id: string; "aria-describedby": string | undefined; "aria-invalid": boolean }) => ComponentChildren;
}) {
  const id = useId();
  const described = [p.hint ? `${id}-hint` : "", p.error ? `${id}-error` : ""].filter(Boolean).join(" ") || undefined;
  return (
    <div class="field">
      <label for={id}>{p.label}</label>
      {p.children({ id, "aria-describedby": described, "aria-invalid": Boolean(p.error) })}
      {p.hint ? (
        <div class="hint" id={`${id}-hint`}>
          {p.hint}
        </div>
      ) : null}
      {p.error ? (
        <div class="wrong" id={`${id}-error`} role="alert">
          {p.error}
        </div>
      ) : null}
    </div>
  );
}

export function Check(p: { checked: boolean; onChange: (on: boolean) => void; children: ComponentChildren; hint?: string; disabled?: boolean }) {
  return (
    <label class="check">
      <input type="checkbox" checked={p.checked} disabled={p.disabled} onChange={(e) => p.onChange(e.currentTarget.checked)} />
      <span>
        {p.children}
        {p.hint ? <span class="hint"> {p.hint}</span> : null}
      </span>
    </label>
  );
}

/** A modal dialog: the browser keeps the focus inside, Escape closes it, and the focus goes back to where it was. */
export function Dialog(p: { title: string; onClose: () => void; children: ComponentChildren; kind?: string }) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const dialog = ref.current!;
    const before = document.activeElement;
    dialog.showModal();
    return () => {
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      class={p.kind ?? ""}
      aria-labelledby={id}
      onCancel={(e) => {
        e.preventDefault();
        p.onClose();
      }}
      onClick={(e) => {
        if (e.target === ref.current) p.onClose();
      }}
    >
      <div class="dialog-head">
        <h2 id={id}>{p.title}</h2>
        <Button kind="quiet" icon="close" label={t("close")} onClick={p.onClose} />
      </div>
      <div class="dialog-body">{p.children}</div>
    </dialog>
  );
}

export interface MenuEntry {
  label: string;
  icon?: string;
  kind?: string;
  shortcut?: string;
  href?: string;
  checked?: boolean;
  onPick?: () => void;
}

/** A button with a menu (WAI-ARIA menu button pattern): arrows move, Escape and a click elsewhere close. */
export function Menu(p: { label: string; icon?: string; kind?: string; entries: (MenuEntry | null)[]; onOpen?: () => void; up?: boolean; start?: boolean; text?: ComponentChildren }) {
  const [open, setOpen] = useState(false);
  const holder = useRef<HTMLSpanElement>(null);
  const id = useId();
  const items = () => [...(holder.current?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];
  useEffect(() => {
    if (!open) return;
    items()[0]?.focus();
    const outside = (e: Event) => {
      if (!holder.current?.contains(e.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);
  const close = () => {
    setOpen(false);
    holder.current?.querySelector("button")?.focus();
  };
  const keys = (e: KeyboardEvent) => {
    if (!open) return;
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: (at + 1) % all.length, ArrowUp: (at - 1 + all.length) % all.length, Home: 0, End: all.length - 1 }[e.key];
    if (to !== undefined) {
      e.preventDefault();
      all[to]?.focus();
    } else if (e.key === "Escape") {
      e.stopPropagation();
      close();
    } else if (e.key === "Tab") setOpen(false);
  };
  return (
    <span class="menu-holder" ref={holder} onKeyDown={keys}>
      <button
        type="button"
        class={`button ${p.kind ?? ""} ${p.text ? "" : "square"}`}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        aria-label={p.text ? undefined : p.label}
        title={p.text ? undefined : p.label}
        onClick={() => {
          if (!open) p.onOpen?.();
          setOpen(!open);
        }}
      >
        {p.icon ? <Icon name={p.icon} /> : null}
        {p.text}
      </button>
      {open ? (
        <div class={`menu ${p.up ? "up" : ""} ${p.start ? "start" : ""}`} role="menu" id={id} aria-label={p.label}>
          {p.entries.map((each) =>
            each === null ? (
              <hr />
            ) : each.href ? (
              <a class={`menu-item ${each.kind ?? ""}`} role="menuitem" tabIndex={-1} href={each.href} onClick={() => setOpen(false)}>
                {each.icon ? <Icon name={each.icon} /> : null}
                {each.label}
              </a>
            ) : (
              <button
                type="button"
                class={`menu-item ${each.kind ?? ""}`}
                role={each.checked === undefined ? "menuitem" : "menuitemradio"}
                aria-checked={each.checked}
                tabIndex={-1}
                onClick={() => {
                  close();
                  each.onPick?.();
                }}
              >
                {each.checked !== undefined ? <Icon name={each.checked ? "check" : "none"} /> : each.icon ? <Icon name={each.icon} /> : null}
                <span class="grow">{each.label}</span>
                {each.shortcut ? <kbd aria-hidden="true">{each.shortcut}</kbd> : null}
              </button>
            ),
          )}
        </div>
      ) : null}
    </span>
  );
}

/** Tabs with arrow keys (WAI-ARIA tabs pattern, automatic activation). */
export function Tabs(p: { label: string; tabs: { key: string; label: string }[]; chosen: string; onChoose: (key: string) => void; children: ComponentChildren }) {
  const id = useId();
  const move = (e: KeyboardEvent) => {
    const at = p.tabs.findIndex((each) => each.key === p.chosen);
    const step = e.key === "ArrowRight" ? 1 : e.key === "ArrowLeft" ? -1 : 0;
    if (!step) return;
    e.preventDefault();
    const next = p.tabs[(at + step + p.tabs.length) % p.tabs.length]!;
    p.onChoose(next.key);
    document.getElementById(`${id}-${next.key}`)?.focus();
  };
  return (
    <div class="stack">
      <div class="tabs" role="tablist" aria-label={p.label} onKeyDown={move}>
        {p.tabs.map((each) => (
          <button
            type="button"
            key={each.key}
            class="tab"
            role="tab"
            id={`${id}-${each.key}`}
            aria-selected={each.key === p.chosen}
            aria-controls={`${id}-panel`}
            tabIndex={each.key === p.chosen ? 0 : -1}
            onClick={() => p.onChoose(each.key)}
          >
            {each.label}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${p.chosen}`} tabIndex={0} class="stack">
        {p.children}
      </div>
    </div>
  );
}

export function Empty(p: { icon: string; title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon name={p.icon} />
      <h2>{p.title}</h2>
      {p.children}
    </div>
  );
}

/** A table whose rows become cards on a phone. `heads` says what each column holds, as a word, or as one above numbers; the last column is each row's actions. */
export function Table(p: { caption?: string; heads: (string | { number: string })[]; children: ComponentChildren }) {
  return (
    <table class="cards">
      {p.caption ? <caption class="sr">{p.caption}</caption> : null}
      <thead>
        <tr>
          {p.heads.map((head) =>
            typeof head === "string" ? (
              <th scope="col">{head}</th>
            ) : (
              <th scope="col" class="num">
                {head.number}
              </th>
            ),
          )}
          <th scope="col">
            <span class="sr">{t("actions")}</span>
          </th>
        </tr>
      </thead>
      <tbody>{p.children}</tbody>
    </table>
  );
}

export function Skeleton(p: { lines: number }) {
  return (
    <div class="stack tight" aria-hidden="true">
      {Array.from({ length: p.lines }, (_, i) => (
        <div key={i} class="skeleton" style={{ height: "16px", width: `${90 - ((i * 23) % 45)}%` }} />
      ))}
    </div>
  );
}

/** What went wrong, for a person. The API's own sentences are English: those that a form can bring about are in the catalogues, too. */
export const wordsOf = (error: unknown): string => {
  if (!(error instanceof Problem)) return t("error.unknown");
  if (error.offline) return t("error.offline");
  if (error.status === 404) return t("error.gone");
  if (error.status >= 500) return t("error.server");
  if (has(`said.${error.detail}`)) return t(`said.${error.detail}`);
  if (error.detail.includes("`$")) return t(error.detail.includes("length >= 1 ") ? "error.empty" : "error.shape"); // as programs read it
  return error.detail || t(error.status === 429 ? "error.limit" : "error.unknown");
};

export function Failed(p: { error: unknown; again?: () => void }) {
  const id = p.error instanceof Problem && p.error.status >= 500 ? p.error.requestId : ""; // for whoever looks for what went wrong
  return (
    <div class="note bad" role="alert">
      <Icon name={p.error instanceof Problem && p.error.offline ? "offline" : "alert"} />
      <div class="stack tight grow">
        <span>{wordsOf(p.error)}</span>
        {id ? <span class="muted small">{t("error.reference", { id })}</span> : null}
        {p.again ? (
          <span>
            <Button icon="refresh" onClick={p.again}>
              {t("error.again")}
            </Button>
          </span>
        ) : null}
      </div>
    </div>
  );
}

export function Note(p: { kind?: string; icon?: string; children: ComponentChildren }) {
  return (
    <div class={`note ${p.kind ?? ""}`}>
      <Icon name={p.icon ?? (p.kind ? "alert" : "info")} />
      <div class="grow">{p.children}</div>
    </div>
  );
}

/** What is fetched for a view: the answer, or why there is none. */
export function useFetched<T>(fetcher: (signal: AbortSignal) => Promise<T>, inputs: readonly unknown[]) {
  const [state, setState] = useState<{ data?: T; error?: unknown; loading: boolean }>({ loading: true });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    setState((old) => ({ ...old, loading: true }));
    fetcher(stop.signal).then(
      (data) => !stop.signal.aborted && setState({ data, loading: false }),
      (error: unknown) => !stop.signal.aborted && setState({ error, loading: false }),
    );
    return () => stop.abort();
  }, [...inputs, round]);
  return { ...state, again: () => setRound((n) => n + 1), set: (data: T) => setState({ data, loading: false }) };
}

/** A listing of the API, read page by page: `data.rows` are all rows read so far, `more` reads the page after them. */
export function usePages<T>(where: string, name: string, query: Query) {
  const read = async (asked: Query, signal?: AbortSignal) => {
    const page = await get<Record<string, unknown>>(where, asked, signal);
    return { rows: page[name] as T[], cursor: page.cursor as string | null };
  };
  const key = JSON.stringify(query);
  const reached = useRef({ key, rows: 0 });
  const found = useFetched(async (signal) => {
    let page = await read(query, signal);
    // What somebody went through is still there when it is read anew, after an action in it.
    while (page.cursor && reached.current.key === key && page.rows.length < reached.current.rows) {
      const next = await read({ ...query, cursor: page.cursor }, signal);
      page = { rows: [...page.rows, ...next.rows], cursor: next.cursor };
    }
    return page;
  }, Object.values(query));
  const shown = useRef(found.data);
  shown.current = found.data;
  const more = async () => {
    const before = found.data;
    if (!before?.cursor) return;
    try {
      const next = await read({ ...query, cursor: before.cursor });
      // A page that arrives after another scope was chosen, or from a second press, belongs to a list that is gone.
      if (shown.current !== before) return;
      const rows = [...before.rows, ...next.rows];
      reached.current = { key, rows: rows.length };
      found.set({ rows, cursor: next.cursor });
    } catch (error) {
      tellFailure(error);
    }
  };
  return { ...found, more };
}

export function ShowMore(p: { from: { data?: { cursor: string | null }; more: () => Promise<void> } }) {
  return p.from.data?.cursor ? <Button onClick={() => void p.from.more()}>{t("show.more")}</Button> : null;
}

export function Loaded<T>(p: { from: { data?: T; error?: unknown; loading: boolean; again: () => void }; lines?: number; children: (data: T) => ComponentChildren }) {
  if (p.from.error !== undefined) return <Failed error={p.from.error} again={p.from.again} />;
  if (p.from.data === undefined) {
    return (
      <div>
        <span class="sr" role="status">
          {t("loading")}
        </span>
        <Skeleton lines={p.lines ?? 5} />
      </div>
    );
  }
  return <>{p.children(p.from.data)}</>;
}

/** Messages at the foot of the page: read out, with an undo, gone by themselves unless the pointer or the focus is there. */
interface Toast {
  id: number;
  text: string;
  action?: { label: string; run: () => void } | undefined;
  bad?: boolean;
}
export const toasts = signal<Toast[]>([]);
let count = 0;
const timers = new Map<number, ReturnType<typeof setTimeout>>();

export function toast(text: string, more: { undo?: (() => void) | undefined; action?: { label: string; run: () => void }; bad?: boolean } = {}): void {
  count += 1;
  const id = count;
  const action = more.action ?? (more.undo ? { label: t("undo"), run: more.undo } : undefined);
  toasts.value = [...toasts.value.slice(-1), { id, text, action, bad: more.bad ?? false }];
  linger(id, action || more.bad ? 12_000 : 5_000);
}
function linger(id: number, milliseconds: number): void {
  clearTimeout(timers.get(id));
  timers.set(
    id,
    setTimeout(() => dismiss(id), milliseconds),
  );
}
/** What went wrong, in words. */
export function tellFailure(error: unknown): void {
  toast(wordsOf(error), { bad: true });
}
export function dismiss(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
  toasts.value = toasts.value.filter((each) => each.id !== id);
}
/** The undo of the newest message that has one: for the keyboard. */
export function undoLast(): boolean {
  const last = toasts.value.findLast((each) => each.action);
  if (!last) return false;
  dismiss(last.id);
  last.action!.run();
  return true;
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((each) => (
        <div
          class="toast"
          key={each.id}
          onPointerEnter={() => clearTimeout(timers.get(each.id))}
          onPointerLeave={() => linger(each.id, 5_000)}
          onFocusCapture={() => clearTimeout(timers.get(each.id))}
          onBlurCapture={() => linger(each.id, 5_000)}
        >
          {each.bad ? <Icon name="alert" /> : null}
          <span class="grow wrap">{each.text}</span>
          {each.action ? (
            <button
              type="button"
              class="button"
              onClick={() => {
                dismiss(each.id);
                each.action!.run();
              }}
            >
              {each.action.label}
            </button>
          ) : null}
          <button type="button" class="button square" aria-label={t("close")} onClick={() => dismiss(each.id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}

/** A question before something that cannot be undone. */
export const question = signal<{ title: string; text: string; verb: string; danger?: boolean; yes: () => void } | null>(null);
export function Question() {
  const asked = question.value;
  if (!asked) return null;
  const close = () => {
    question.value = null;
  };
  return (
    <Dialog title={asked.title} onClose={close}>
      <p>{asked.text}</p>
      <div class="dialog-foot">
        <Button onClick={close}>{t("cancel")}</Button>
        <Button
          kind={asked.danger ? "danger" : "primary"}
          onClick={() => {
            close();
            asked.yes();
          }}
        >
          {asked.verb}
        </Button>
      </div>
    </Dialog>
  );
}

/** The title of the page, for the tab and for screen readers when the place changes. */
export function useTitle(text: string): void {
  useEffect(() => {
    document.title = text ? `${text} · Pratique` : "Pratique";
  }, [text]);
}

export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(t("copied"));
  } catch {
    toast(t("copy.failed"), { bad: true });
  }
}
