/** Every place in the panel. One is in the navigation only where it works for whoever is here. */
import type { FunctionComponent } from "preact";
import { isAdmin } from "../session";
import { Quarantine } from "./quarantine";

export interface View {
  key: string;
  icon: string;
  group: "mail" | "rules" | "run";
  shown: () => boolean;
  body: () => Promise<FunctionComponent>;
}

const always = () => true;
void isAdmin;

export const VIEWS: View[] = [
  { key: "incoming", icon: "inbox", group: "mail", shown: always, body: () => Promise.resolve(Quarantine) },
];
