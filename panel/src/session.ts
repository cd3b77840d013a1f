/** Who is here, and what they chose for this browser. */
import { computed, signal } from "@preact/signals";
import { credentials, del, get } from "./api";
import { setLanguage, preferredLanguage } from "./i18n";
import type { Me, SignedIn } from "./types";

export const me = signal<Me | null>(null);
export const ready = signal(false);
/** Whose mail is shown: the caller's own scope, or one inside it. */
export const chosenScope = signal("");
export const scope = computed(() => chosenScope.value || me.value?.scope || "");
export const mayWrite = computed(() => me.value?.may_write ?? false);
export const isAdmin = computed(() => me.value !== null && me.value.level !== "recipient");
export const isOperator = computed(() => me.value?.level === "global");
export const level = (name: string): "global" | "domain" | "recipient" =>
  name === "global" ? "global" : name.includes("@") ? "recipient" : "domain";

const TOKEN = "pratique.token";
let token = read(sessionStorage, TOKEN);

function read(store: Storage, name: string): string {
  try {
    return store.getItem(name) ?? "";
  } catch {
    return "";
  }
}
function write(store: Storage, name: string, value: string): void {
  try {
    if (value) store.setItem(name, value);
    else store.removeItem(name);
  } catch {
    // a browser that keeps nothing: it is as chosen until the page is closed
  }
}

/** What a session sends with everything that is no GET; empty with a token. */
let csrf = "";

const inside = (name: string, of: string): boolean => of === "global" || name === of || name.endsWith(`@${of}`);
/** One's own scope, or that of whom one acts as: the first of those that one may choose. */
export const home = computed(() => me.value?.scopes[0] ?? me.value?.scope ?? "");
/** Whether a mailbox is shown that somebody else gave to look after. */
export const shared = computed(() => chosenScope.value !== "" && !inside(chosenScope.value, home.value));

credentials.headers = (): Record<string, string> => {
  if (token) return { Authorization: `Bearer ${token}` };
  const headers: Record<string, string> = csrf ? { "X-Pratique-CSRF": csrf } : {};
  if (me.value && shared.value) headers["X-Pratique-Scope"] = chosenScope.value;
  return headers;
};
credentials.lost = () => {
  if (!me.value) return;
  if (shared.value) choose("").catch(forgetMe); // it was taken back: one's own is still there
  else forgetMe();
};

function forgetMe(): void {
  token = "";
  csrf = "";
  write(sessionStorage, TOKEN, "");
  me.value = null;
  chosenScope.value = "";
}

/** Read anew who is here: rights and second factors may have changed. */
export async function again(): Promise<void> {
  me.value = await get<Me>("/v1/me");
}

/** Show another scope. What one may do in a mailbox of somebody else's is read anew. */
export async function choose(wanted: string): Promise<void> {
  const before = shared.value;
  chosenScope.value = wanted === home.value ? "" : wanted;
  if (before || shared.value) await again();
}

/** Who one acts as was changed: what was chosen before need not lie inside. */
export async function become(change: Promise<unknown>): Promise<void> {
  await change;
  chosenScope.value = "";
  await again();
}

export async function enterByToken(text: string): Promise<void> {
  token = text;
  try {
    me.value = await get<Me>("/v1/me");
    chosenScope.value = "";
    write(sessionStorage, TOKEN, text);
  } catch (error) {
    token = "";
    throw error;
  }
}

/** A session has begun: by a link, a password, a passkey. */
export function begun(found: SignedIn): void {
  token = "";
  csrf = found.csrf;
  chosenScope.value = "";
  me.value = found.me;
  if (found.me.language && !read(localStorage, "pratique.language")) void setLanguage(found.me.language);
}

export async function leave(): Promise<void> {
  const session = !token;
  try {
    if (session) await del("/v1/session");
  } catch {
    // it has ended already
  }
  forgetMe();
}

/** Choices of this browser. */
export type Theme = "auto" | "light" | "dark";
export const theme = signal<Theme>((read(localStorage, "pratique.theme") as Theme) || "auto");
export const shortcuts = signal(read(localStorage, "pratique.keys") !== "off");

export function setTheme(wanted: Theme): void {
  theme.value = wanted;
  write(localStorage, "pratique.theme", wanted === "auto" ? "" : wanted);
  document.documentElement.dataset.theme = wanted;
}
export function setShortcuts(on: boolean): void {
  shortcuts.value = on;
  write(localStorage, "pratique.keys", on ? "" : "off");
}
export async function chooseLanguage(code: string): Promise<void> {
  write(localStorage, "pratique.language", code);
  await setLanguage(code);
}

export async function begin(): Promise<void> {
  setTheme(theme.value);
  await setLanguage(read(localStorage, "pratique.language") || preferredLanguage());
  try {
    if (token) await enterByToken(token);
    else begun(await get<SignedIn>("/v1/session"));
  } catch {
    token = "";
  }
  ready.value = true;
}
