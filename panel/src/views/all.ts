/** Every place in the panel. One is in the navigation only where it works for whoever is here. */
import type { FunctionComponent } from "preact";
import { isAdmin, me } from "../session";
import { Log, Outgoing, Quarantine, Requests, Training } from "./quarantine";

export interface View {
  key: string;
  icon: string;
  group: "mail" | "rules" | "run";
  shown: () => boolean;
  body: () => Promise<FunctionComponent>;
}

const always = () => true;
const person = () => me.value?.login != null || me.value?.level === "recipient";
const admins = () => isAdmin.value;

export const VIEWS: View[] = [
  { key: "incoming", icon: "inbox", group: "mail", shown: always, body: () => Promise.resolve(Quarantine) },
  { key: "requests", icon: "question", group: "mail", shown: admins, body: () => Promise.resolve(Requests) },
  { key: "outgoing", icon: "outbox", group: "mail", shown: always, body: () => Promise.resolve(Outgoing) },
  { key: "training", icon: "learn", group: "mail", shown: always, body: () => Promise.resolve(Training) },
  { key: "log", icon: "list", group: "mail", shown: always, body: () => Promise.resolve(Log) },
  { key: "statistics", icon: "chart", group: "mail", shown: always, body: async () => (await import("./statistics")).StatisticsPage },
  { key: "senders", icon: "people", group: "rules", shown: always, body: async () => (await import("./senders")).Senders },
  { key: "policy", icon: "sliders", group: "rules", shown: always, body: async () => (await import("./policy")).PolicyPage },
  { key: "lessons", icon: "book", group: "rules", shown: always, body: async () => (await import("./lessons")).Lessons },
  { key: "identities", icon: "outbox", group: "run", shown: admins, body: async () => (await import("./identities")).IdentitiesPage },
  { key: "aliases", icon: "mail", group: "run", shown: admins, body: async () => (await import("./aliases")).Aliases },
  { key: "routes", icon: "route", group: "run", shown: admins, body: async () => (await import("./routes")).Routes },
  { key: "people", icon: "user", group: "run", shown: admins, body: async () => (await import("./people")).People },
  { key: "account", icon: "shield", group: "run", shown: person, body: async () => (await import("./account")).Account },
  { key: "access", icon: "key", group: "run", shown: always, body: async () => (await import("./access")).Access },
  { key: "setup", icon: "check", group: "run", shown: admins, body: async () => (await import("./setup")).SetupPage },
  { key: "settings", icon: "copy", group: "run", shown: admins, body: async () => (await import("./settings")).Settings },
  { key: "hooks", icon: "send", group: "run", shown: admins, body: async () => (await import("./hooks")).Hooks },
  { key: "audit", icon: "log", group: "run", shown: always, body: async () => (await import("./audit")).Audit },
  { key: "status", icon: "gauge", group: "run", shown: admins, body: async () => (await import("./status")).StatusPage },
];
