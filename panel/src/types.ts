/** The shapes of the API's answers that the panel reads (GET /v1/openapi.json describes them all). */

export type State = "queued" | "delivered" | "held" | "releasing" | "released" | "removed" | "failed";
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
}

export interface MessagePage {
  messages: Message[];
  cursor: string | null;
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
