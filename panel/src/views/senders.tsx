/** Allow and block lists. */
import { useState } from "preact/hooks";
import { del, get, path, put } from "../api";
import { dayDate, t } from "../i18n";
import { mayWrite, scope } from "../session";
import { Button, Check, Dialog, Empty, Field, Loaded, Note, Table, tellFailure, toast, useFetched, wordsOf } from "../ui/parts";
import { Page } from "./page";
import { scopeName } from "./scope";

interface Entry {
  scope: string;
  kind: "allow" | "block";
  pattern: string;
  needs_dmarc: boolean;
  author: string;
  reason: string;
  created_at: string | null;
  direction: "incoming" | "outgoing";
  match: "both" | "envelope" | "from";
  expires_at: string | null;
  idle_days: number;
  ends_at: string | null;
  last_used_at: string | null;
}

const place = (of: string): string => path`/v1/lists/${of}/entries`;

async function everything(of: string, signal: AbortSignal): Promise<Entry[]> {
  const found: Entry[] = [];
  let cursor: string | null = null;
  do {
    const page: { entries: Entry[]; cursor: string | null } = await get(place(of), { limit: 200, cursor }, signal);
    found.push(...page.entries);
    cursor = page.cursor;
  } while (cursor && found.length < 2_000);
  return found;
}

export function Senders() {
  const found = useFetched((signal) => everything(scope.value, signal), [scope.value]);
  const [adding, setAdding] = useState(false);
  const [words, setWords] = useState("");
  const [kind, setKind] = useState("");
  const remove = async (entry: Entry) => {
    try {
      await del(place(entry.scope), { pattern: entry.pattern, direction: entry.direction });
      found.again();
      toast(t("entry.removed", { pattern: entry.pattern }), { undo: () => void restore(entry) });
    } catch (error) {
      tellFailure(error);
    }
  };
  const restore = async (entry: Entry) => {
    try {
      const { kind: list, pattern, needs_dmarc, reason, direction, match, expires_at, idle_days } = entry;
      await put(place(entry.scope), { kind: list, pattern, needs_dmarc, reason, direction, match, expires_at, idle_days });
      found.again();
    } catch (error) {
      tellFailure(error);
    }
  };
  return (
    <Page
      name="senders"
      about={t("senders.about", { scope: scopeName(scope.value) })}
      scoped
      actions={
        mayWrite.value ? (
          <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>
            {t("entry.add")}
          </Button>
        ) : null
      }
    >
      <Loaded from={found}>
        {(entries) => {
          const shown = entries.filter((e) => (!kind || e.kind === kind) && `${e.pattern} ${e.reason}`.toLowerCase().includes(words.toLowerCase()));
          if (!entries.length) {
            return (
              <div class="card">
                <Empty icon="people" title={t("senders.none")}>
                  <p>{t("senders.none.text")}</p>
                </Empty>
              </div>
            );
          }
          return (
            <section class="card stack">
              <div class="row flow">
                <label class="grow">
                  <span class="sr">{t("search")}</span>
                  <input type="search" placeholder={t("search")} value={words} onInput={(e) => setWords(e.currentTarget.value)} />
                </label>
                <label>
                  <span class="sr">{t("entry.kind")}</span>
                  <select value={kind} onChange={(e) => setKind(e.currentTarget.value)}>
                    <option value="">{t("senders.both")}</option>
                    <option value="allow">{t("kind.allow")}</option>
                    <option value="block">{t("kind.block")}</option>
                  </select>
                </label>
              </div>
              <Table caption={t("nav.senders")} heads={[t("entry.pattern"), t("entry.kind"), t("entry.since")]}>
                {shown.map((entry) => (
                  <tr key={`${entry.direction} ${entry.pattern}`}>
                    <td>
                      <strong>{entry.pattern}</strong>
                      {entry.reason ? <div class="muted small">{entry.reason}</div> : null}
                    </td>
                    <td>
                      <span class={`chip ${entry.kind === "allow" ? "good" : "bad"}`}>{t(`kind.${entry.kind}`)}</span>
                      {entry.direction === "outgoing" ? <span class="chip">{t("entry.out")}</span> : null}
                      {entry.kind === "allow" && !entry.needs_dmarc ? <div class="small">{t("entry.unproven")}</div> : null}
                    </td>
                    <td class="muted small">
                      {entry.created_at ? dayDate(entry.created_at) : ""} {entry.author ? t("entry.by", { author: entry.author }) : ""}
                      {entry.last_used_at ? <div>{t("entry.used", { day: dayDate(entry.last_used_at) })}</div> : null}
                      {entry.ends_at ? <div>{t("entry.ends", { day: dayDate(entry.ends_at) })}</div> : null}
                    </td>
                    <td class="act">
                      {mayWrite.value ? <Button kind="quiet" icon="bin" label={t("entry.remove", { pattern: entry.pattern })} onClick={() => void remove(entry)} /> : null}
                    </td>
                  </tr>
                ))}
              </Table>
            </section>
          );
        }}
      </Loaded>
      {adding ? (
        <Add
          onClose={() => setAdding(false)}
          onDone={() => {
            setAdding(false);
            found.again();
          }}
        />
      ) : null}
    </Page>
  );
}

function Add(p: { onClose: () => void; onDone: () => void }) {
  const [kind, setKind] = useState<"allow" | "block">("allow");
  const [pattern, setPattern] = useState("");
  const [reason, setReason] = useState("");
  const [dmarc, setDmarc] = useState(true);
  const [direction, setDirection] = useState("incoming");
  const [match, setMatch] = useState("both");
  const [idle, setIdle] = useState("0");
  const [ends, setEnds] = useState("");
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (e: Event) => {
    e.preventDefault();
    setBusy(true);
    try {
      await put(place(scope.value), {
        kind,
        pattern: pattern.trim(),
        reason: reason.trim(),
        needs_dmarc: dmarc,
        direction,
        match,
        idle_days: Number(idle) || 0,
        expires_at: ends ? new Date(`${ends}T23:59:59`).toISOString() : null,
      });
      toast(t(kind === "allow" ? "entry.allowed" : "entry.blocked", { pattern: pattern.trim() }));
      p.onDone();
    } catch (error) {
      setWrong(wordsOf(error));
      setBusy(false);
    }
  };
  return (
    <Dialog title={t("entry.add")} onClose={p.onClose}>
      <form class="stack" onSubmit={(e) => void submit(e)}>
        <fieldset class="row flow">
          <legend class="sr">{t("entry.kind")}</legend>
          {(["allow", "block"] as const).map((each) => (
            <label key={each} class="check">
              <input type="radio" name="kind" checked={kind === each} onChange={() => setKind(each)} />
              <span>{t(`kind.${each}.verb`)}</span>
            </label>
          ))}
        </fieldset>
        <Field label={t("entry.pattern")} hint={t("entry.pattern.hint")} error={wrong || undefined}>
          {(given) => (
            <input type="text" {...given} value={pattern} autofocus required autocapitalize="none" autocomplete="off" spellcheck={false} onInput={(e) => setPattern(e.currentTarget.value)} />
          )}
        </Field>
        <Field label={t("entry.reason")}>{(given) => <input type="text" {...given} maxLength={200} value={reason} onInput={(e) => setReason(e.currentTarget.value)} />}</Field>
        <details>
          <summary>{t("more")}</summary>
          <div class="grid2">
            <Field label={t("entry.direction")}>
              {(given) => (
                <select {...given} value={direction} onChange={(e) => setDirection(e.currentTarget.value)}>
                  <option value="incoming">{t("entry.direction.incoming")}</option>
                  <option value="outgoing">{t("entry.direction.outgoing")}</option>
                </select>
              )}
            </Field>
            <Field label={t("entry.match")}>
              {(given) => (
                <select {...given} value={match} onChange={(e) => setMatch(e.currentTarget.value)}>
                  <option value="both">{t("entry.match.both")}</option>
                  <option value="envelope">{t("entry.match.envelope")}</option>
                  <option value="from">{t("entry.match.from")}</option>
                </select>
              )}
            </Field>
            <Field label={t("entry.expires")}>{(given) => <input type="date" {...given} value={ends} onInput={(e) => setEnds(e.currentTarget.value)} />}</Field>
            <Field label={t("entry.idle")} hint={t("entry.idle.hint")}>
              {(given) => <input type="number" {...given} min={0} max={3650} value={idle} onInput={(e) => setIdle(e.currentTarget.value)} />}
            </Field>
          </div>
        </details>
        {kind === "allow" ? (
          <>
            <Check checked={dmarc} onChange={setDmarc}>
              {t("entry.dmarc")}
            </Check>
            {dmarc ? null : <Note kind="warn">{t("entry.dmarc.off")}</Note>}
          </>
        ) : null}
        <div class="dialog-foot">
          <Button onClick={p.onClose}>{t("cancel")}</Button>
          <Button kind="primary" submit busy={busy}>
            {t("entry.add")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
