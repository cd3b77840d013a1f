/** The shapes of the API's answers that the panel reads (GET /v1/openapi.json describes them all). */

export type State = "queued" | "delivered" | "held" | "releasing" | "released" | "removed" | "failed" | "expired";
export type Level = "global" | "domain" | "recipient";

export interface Message {
  id: string;
  recipient: string;
  owner: string;
  state: State;
  verdict: "ham" | "unsure" | "spam";
  disposition: string;
  score: number;
  received_at: string;
  expires_at: string;
  sender: string;
  subject: string;
  size: number;
  lesson: string;
  attempts: number;
  reply: string;
  status: string;
  direction: "incoming" | "outgoing";
  held_for: string | null;
  release_request: ReleaseRequest | null;
  offer?: { aim: "release" | "recall"; count: number; url: string } | null;
  /** How likely it is a mistake to hold it, 0 to 1; null unless held. */
  chance: number | null;
  reasons: string[];
  folded: string[];
  decided: { at: string; state: State; actor: string; channel: string; action: string } | null;
}

export interface ReleaseRequest {
  state: "open" | "approved" | "denied";
  by: string;
  at: string;
  text: string;
  answered_by: string;
  answered_at: string | null;
  note: string;
}

export interface MessagePage {
  messages: Message[];
  cursor: string | null;
  back_to?: string | null;
}

export interface Evidence {
  signal: string;
  weight: number;
  detail: string;
}

export interface Step {
  at: string;
  state: State;
  actor: string;
  channel: string;
  note: string;
  what?: string;
  action?: string;
}

export interface Detail {
  message: Message;
  contributions: Evidence[];
  history: Step[];
  checks: { spf: string; dkim: string; dmarc: string; spam: string; virus: string; dmarc_policy: string };
  mail_from: string;
  header_from: string;
  header_message_id: string;
  date: string;
  client_ip: string;
  helo: string;
  defects: string[];
}

export interface Flip {
  kind: "evidence" | "threshold" | "entry";
  text: string;
  absent: string[];
  score: number | null;
}

export interface Why {
  message: Message;
  summary: string;
  log_odds: number;
  spam_at: number;
  held: boolean;
  contributions: Evidence[];
  words: { text: string; weight: number }[];
  flips: Flip[];
  past: string[];
  neighbours: { message: Message; likeness: "text" | "sender" | "domain"; distance: number; decision: string }[];
}

export interface Me {
  actor: string;
  scope: string;
  level: Level;
  may_write: boolean;
  login: string | null;
  name: string;
  language: string;
  /** Scopes that a request may choose: shared mailboxes, too. */
  scopes: string[];
  features: string[];
  acting_as: string | null;
  csrf: string | null;
  second_factor: { required: boolean; needed: boolean; shown: boolean; totp: boolean; passkeys: number; recovery_codes: number } | null;
}

export interface Session {
  id: string;
  login: string;
  method: string;
  second: string;
  created_at: string;
  seen_at: string;
  ends_at: string;
  network: string;
  agent: string;
  current: boolean;
  acting_as: string | null;
}

export interface SignedIn {
  csrf: string;
  session: Session;
  me: Me;
}

export interface BulkAnswer {
  id: string;
  ok: boolean;
  state: State | null;
  code: string | null;
  detail: string | null;
}

export interface Attachment {
  filename: string;
  media_type: string;
  size: number;
  sha256: string;
  kind: string;
  inside: string[];
  marks: string[];
}

export interface Preview {
  text: string;
  /** Where the page is for a few minutes; null where there is none. */
  page: string | null;
  remote_blocked: boolean;
  cut: boolean;
  headers: { name: string; value: string }[];
  links: { target: string; shown: string; misleading: boolean }[];
  attachments: Attachment[];
}

export interface Source {
  text: string;
  size: number;
  cut: boolean;
}
