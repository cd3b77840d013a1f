/** What a message says, shown so that it can do nothing. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { get, path, post, Problem } from "../api";
import { number, size, t } from "../i18n";
import type { Detail, Preview, Source } from "../types";
import { Button, copyText, Field, Loaded, Note, useFetched, wordsOf } from "../ui/parts";
import { Icon } from "../ui/icon";

let lastReason = "";

/** Somebody else's mail: what it says is shown to whoever gives a reason, which its owner reads. */
export function Reasoned<T>(p: { id: string; from: { data?: T; error?: unknown; loading: boolean; again: () => void }; lines: number; children: (data: T) => ComponentChildren }) {
  const [reason, setReason] = useState(lastReason);
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  if (!(p.from.error instanceof Problem && p.from.error.code === "reason_needed")) {
    return (
      <Loaded from={p.from} lines={p.lines}>
        {p.children}
      </Loaded>
    );
  }
  const open = async (e: Event) => {
    e.preventDefault();
    setBusy(true);
    try {
      await post(path`/v1/messages/${p.id}/open`, { reason: reason.trim() });
      lastReason = reason.trim();
      p.from.again();
    } catch (error) {
      setWrong(wordsOf(error));
    }
    setBusy(false);
  };
  return (
    <form class="card stack" onSubmit={(e) => void open(e)}>
      <h3>{t("reason.title")}</h3>
      <p class="muted">{t("reason.text")}</p>
      <Field label={t("reason.label")} error={wrong || undefined}>
        {(given) => <input type="text" {...given} required maxLength={200} value={reason} onInput={(e) => setReason(e.currentTarget.value)} />}
      </Field>
      <div>
        <Button kind="primary" submit busy={busy}>
          {t("reason.open")}
        </Button>
      </div>
    </form>
  );
}

export function ContentView({ detail }: { detail: Detail }) {
  const id = detail.message.id;
  const [remote, setRemote] = useState(false);
  const [plain, setPlain] = useState<boolean | null>(null);
  const found = useFetched((signal) => get<Preview>(path`/v1/messages/${id}/preview`, { remote: remote || null }, signal), [id, remote]);
  return (
    <Reasoned id={id} from={found} lines={10}>
      {(preview) => {
        const showText = plain ?? preview.page === null;
        return (
          <div class="stack">
            {preview.attachments.length ? <Attachments preview={preview} /> : null}
            {preview.page !== null && preview.text ? (
              <div class="row between flow">
                <span class="joined" role="group" aria-label={t("preview.form")}>
                  <Button pressed={!showText} onClick={() => setPlain(false)}>
                    {t("preview.page")}
                  </Button>
                  <Button pressed={showText} onClick={() => setPlain(true)}>
                    {t("preview.text")}
                  </Button>
                </span>
              </div>
            ) : null}
            {!showText && preview.remote_blocked ? (
              <Note icon="image">
                <div class="row between flow">
                  <span>{t("remote.blocked")}</span>
                  <Button onClick={() => setRemote(true)}>{t("remote.show")}</Button>
                </div>
              </Note>
            ) : null}
            {!showText && remote ? (
              <Note kind="warn">
                <div class="row between flow">
                  <span>{t("remote.shown")}</span>
                  <Button onClick={() => setRemote(false)}>{t("remote.hide")}</Button>
                </div>
              </Note>
            ) : null}
            {showText ? (
              preview.text ? (
                <div class="card letter-text" tabIndex={0} role="region" aria-label={t("preview.text")}>
                  <bdi>{preview.text}</bdi>
                </div>
              ) : (
                <p class="muted">{t("preview.empty")}</p>
              )
            ) : (
              <iframe class="frame" title={t("preview.title")} src={preview.page!} sandbox="" referrerpolicy="no-referrer" loading="lazy" />
            )}
            {preview.cut ? <p class="muted small">{t("preview.cut")}</p> : null}
            {preview.links.length ? <Links preview={preview} /> : null}
          </div>
        );
      }}
    </Reasoned>
  );
}

function Attachments({ preview }: { preview: Preview }) {
  return (
    <section class="card stack tight">
      <h3>{t("attachments", { n: preview.attachments.length })}</h3>
      <ul role="list" class="stack tight">
        {preview.attachments.map((file, i) => (
          <li key={i} class="row attachment">
            <Icon name="clip" />
            <span class="grow">
              <bdi class="wrap">{file.filename || t("attachment.nameless")}</bdi>
              <span class="muted small"> · {size(file.size)}</span>
              <span class="muted small wrap block">
                {file.media_type}
                {file.kind ? ` · ${t("attachment.really", { kind: file.kind })}` : ""}
                {file.inside.length ? ` · ${t("attachment.inside", { names: file.inside.join(", ") })}` : ""}
              </span>
              {file.sha256 ? (
                <span class="muted small wrap block">
                  SHA-256 <code>{file.sha256}</code>
                </span>
              ) : null}
              {file.marks.length ? (
                <span class="row flow">
                  {file.marks.map((mark) => (
                    <span key={mark} class="chip warn">
                      {mark}
                    </span>
                  ))}
                </span>
              ) : null}
            </span>
            {file.sha256 ? <Button kind="quiet" icon="copy" label={t("attachment.copy")} onClick={() => void copyText(file.sha256)} /> : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Links({ preview }: { preview: Preview }) {
  const bad = preview.links.filter((l) => l.misleading).length;
  return (
    <details class="card" open={bad > 0}>
      <summary>
        {t("links", { n: preview.links.length })} {bad ? <span class="chip bad">{t("links.misleading", { n: bad })}</span> : null}
      </summary>
      <p class="muted small">{t("links.text")}</p>
      <ul role="list" class="stack tight links">
        {preview.links.map((link, i) => (
          <li key={i}>
            {link.shown ? <bdi class="wrap">{link.shown}</bdi> : null}
            <code class={`wrap block ${link.misleading ? "wrong" : "muted"}`}>→ {link.target}</code>
          </li>
        ))}
      </ul>
    </details>
  );
}

export function HeadersView({ detail }: { detail: Detail }) {
  const id = detail.message.id;
  const found = useFetched((signal) => get<Preview>(path`/v1/messages/${id}/preview`, undefined, signal), [id]);
  return (
    <div class="stack">
      <section class="card stack tight">
        <h3>{t("envelope.title")}</h3>
        <dl class="facts">
          <dt>MAIL FROM</dt>
          <dd class="mono">{detail.mail_from || "<>"}</dd>
          <dt>RCPT TO</dt>
          <dd class="mono">{detail.message.recipient}</dd>
          <dt>{t("client")}</dt>
          <dd class="mono">{detail.client_ip || t("unknown")}</dd>
          <dt>HELO</dt>
          <dd class="mono">{detail.helo || t("unknown")}</dd>
          {detail.defects.length ? (
            <>
              <dt>{t("defects")}</dt>
              <dd>{detail.defects.join(", ")}</dd>
            </>
          ) : null}
        </dl>
      </section>
      <Reasoned id={id} from={found} lines={6}>
        {(preview) => (
          <section class="card scrolls" tabIndex={0} role="region" aria-label={t("tab.headers")}>
            <table class="headers">
              <thead>
                <tr>
                  <th scope="col">{t("header.name")}</th>
                  <th scope="col">{t("header.value")}</th>
                </tr>
              </thead>
              <tbody>
                {preview.headers.map((field, i) => (
                  <tr key={i}>
                    <td class="mono">{field.name}</td>
                    <td class="mono wrap">
                      <bdi>{field.value}</bdi>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        )}
      </Reasoned>
    </div>
  );
}

export function SourceView({ id }: { id: string }) {
  const found = useFetched((signal) => get<Source>(path`/v1/messages/${id}/source`, undefined, signal), [id]);
  return (
    <Reasoned id={id} from={found} lines={12}>
      {(source) => (
        <div class="stack tight">
          {source.cut ? <p class="muted small">{t("source.cut", { shown: number(source.text.length), size: size(source.size) })}</p> : null}
          <pre class="source" tabIndex={0} role="region" aria-label={t("tab.source")}>
            {source.text}
          </pre>
        </div>
      )}
    </Reasoned>
  );
}
