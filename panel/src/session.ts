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

credentials.headers = (): Record<string, string> => {
  if (token) return { Authorization: `Bearer ${token}` };
  const headers: Record<string, string> = csrf ? { "X-Pratique-CSRF": csrf } : {};
  const chosen = chosenScope.value;
  if (me.value && chosen && !inside(chosen, me.value.scope)) headers["X-Pratique-Scope"] = chosen;
  return headers;
};
credentials.lost = () => {
  if (me.value) forgetMe();
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
