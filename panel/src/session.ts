/** Who is here, and what they chose for this browser. */
import { computed, signal } from "@preact/signals";
import { credentials, get } from "./api";
import { setLanguage, preferredLanguage } from "./i18n";
import type { Me } from "./types";

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

credentials.headers = (): Record<string, string> => (token ? { Authorization: `Bearer ${token}` } : {});
credentials.lost = () => {
  if (me.value) void leave();
};

export async function enter(): Promise<void> {
  me.value = await get<Me>("/v1/me");
  chosenScope.value = "";
}

export async function enterByToken(text: string): Promise<void> {
  token = text;
  try {
    await enter();
    write(sessionStorage, TOKEN, text);
  } catch (error) {
    token = "";
    throw error;
  }
}

export async function leave(): Promise<void> {
  token = "";
  write(sessionStorage, TOKEN, "");
  me.value = null;
  chosenScope.value = "";
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
    if (token) await enter();
  } catch {
    token = "";
  }
  ready.value = true;
}
