/** Words by catalogue, dates and numbers by Intl in the visitor's language and zone. */
import { signal } from "@preact/signals";
import english from "./locales/en.json";

export type Key = keyof typeof english;
type Catalogue = Record<string, string>;

export const LANGUAGES: Record<string, string> = {
  en: "English",
  de: "Deutsch",
  es: "Español",
  fr: "Français",
  ja: "日本語",
};

const loaders: Record<string, () => Promise<{ default: Catalogue }>> = {
  de: () => import("./locales/de.json"),
  es: () => import("./locales/es.json"),
  fr: () => import("./locales/fr.json"),
  ja: () => import("./locales/ja.json"),
};

export const language = signal("en");
const words = signal<Catalogue>(english);
let plurals = new Intl.PluralRules("en");

export async function setLanguage(wanted: string): Promise<void> {
  const code = wanted in LANGUAGES ? wanted : "en";
  words.value = code === "en" ? english : (await loaders[code]!()).default;
  plurals = new Intl.PluralRules(code);
  forms.clear();
  language.value = code;
  document.documentElement.lang = code;
}

export function preferredLanguage(): string {
  for (const each of navigator.languages ?? [navigator.language]) {
    const code = each.slice(0, 2).toLowerCase();
    if (code in LANGUAGES) return code;
  }
  return "en";
}

type Values = Record<string, string | number>;

/** The text of a key; `{name}` is replaced. With `n`, the plural form of the language (`key_one`, `key_other`) is taken. */
export function t(key: Key | string, values?: Values): string {
  const book = words.value;
  let text: string | undefined;
  if (values && typeof values.n === "number") {
    text = book[`${key}_${plurals.select(values.n)}`] ?? book[`${key}_other`];
  }
  text ??= book[key] ?? (english as Catalogue)[key] ?? key;
  if (!values) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : typeof value === "number" ? number(value) : value;
  });
}

export const has = (key: string): boolean => key in words.value || key in english;

const forms = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat | Intl.RelativeTimeFormat>();
function form<T extends Intl.DateTimeFormat | Intl.NumberFormat | Intl.RelativeTimeFormat>(name: string, make: () => T): T {
  void language.value;
  let found = forms.get(name) as T | undefined;
  if (!found) forms.set(name, (found = make()));
  return found;
}
/** The visitor's own region where it speaks the chosen language: en-GB writes days before months. */
function locale(): string {
  return navigator.languages?.find((l) => l.toLowerCase().startsWith(language.value)) ?? language.value;
}

export const number = (value: number, digits = 0): string =>
  form(`n${digits}`, () => new Intl.NumberFormat(locale(), { maximumFractionDigits: digits, minimumFractionDigits: digits })).format(value);

export const percent = (value: number, digits = 0): string =>
  form(`p${digits}`, () => new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: digits })).format(value);

export const fullDate = (iso: string): string =>
  form("full", () => new Intl.DateTimeFormat(locale(), { dateStyle: "full", timeStyle: "short" })).format(new Date(iso));

export const mediumDate = (iso: string): string =>
  form("medium", () => new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" })).format(new Date(iso));

export const dayDate = (iso: string): string =>
  form("day", () => new Intl.DateTimeFormat(locale(), { dateStyle: "medium" })).format(new Date(iso));

/** As in a list of mail: the time today, the day else. */
export function shortDate(iso: string): string {
  const at = new Date(iso);
  const now = new Date();
  if (at.toDateString() === now.toDateString()) {
    return form("time", () => new Intl.DateTimeFormat(locale(), { timeStyle: "short" })).format(at);
  }
  if (at.getFullYear() === now.getFullYear()) {
    return form("md", () => new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short" })).format(at);
  }
  return form("ymd", () => new Intl.DateTimeFormat(locale(), { dateStyle: "short" })).format(at);
}

/** "in 12 days", "3 hours ago". */
export function relative(iso: string): string {
  const seconds = (Date.parse(iso) - Date.now()) / 1000;
  const [unit, size]: [Intl.RelativeTimeFormatUnit, number] =
    Math.abs(seconds) >= 86_400 ? ["day", 86_400] : Math.abs(seconds) >= 3600 ? ["hour", 3600] : ["minute", 60];
  return form("rel", () => new Intl.RelativeTimeFormat(locale(), { numeric: "auto" })).format(Math.trunc(seconds / size), unit);
}

export function size(octets: number): string {
  const units = ["byte", "kilobyte", "megabyte"] as const;
  let value = octets;
  let i = 0;
  while (value >= 1000 && i < units.length - 1) {
    value /= 1000;
    i += 1;
  }
  const digits = i > 0 && value < 100 ? 1 : 0;
  return form(
    `s${units[i]}${digits}`,
    () => new Intl.NumberFormat(locale(), { style: "unit", unit: units[i]!, unitDisplay: i ? "short" : "long", maximumFractionDigits: digits }),
  ).format(value);
}
