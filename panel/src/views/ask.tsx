/** A recipient asks for the release of what it may not release itself; and what is like a message that was just reported. */
import { useState } from "preact/hooks";
import { actOnMany, asking, changed, offers } from "../actions";
import { get, path, post } from "../api";
import { number, t } from "../i18n";
import * as listing from "../listing";
import type { Message } from "../types";
import { Button, Check, Dialog, Field, Loaded, tellFailure, toast, useFetched } from "../ui/parts";

export function Ask() {
  const message = asking.value;
  return message ? <AskFor key={message.id} message={message} /> : null;
}

function AskFor({ message }: { message: Message }) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const close = () => {
    asking.value = null;
  };
  const submit = async (e: Event) => {
    e.preventDefault();
    setBusy(true);
    try {
      listing.replaceRow(await post<Message>(path`/v1/messages/${message.id}/request`, { text: text.trim() }));
      changed.value += 1;
      toast(t("request.sent"));
      close();
    } catch (error) {
      tellFailure(error);
    }
    setBusy(false);
  };
  return (
    <Dialog title={t("request")} onClose={close}>
      <form class="stack" onSubmit={(e) => void submit(e)}>
        <p>{t("request.why")}</p>
        <Field label={t("request.text")}>{(given) => <input type="text" {...given} maxLength={200} value={text} onInput={(e) => setText(e.currentTarget.value)} />}</Field>
        <div class="dialog-foot">
          <Button onClick={close}>{t("cancel")}</Button>
          <Button kind="primary" submit busy={busy}>
            {t("request.send")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface Siblings {
  aim: "release" | "recall";
  siblings: { message: Message; likeness: string; offered: boolean; score_now: number | null }[];
}

export function Offer() {
  const offer = offers.value;
  if (!offer) return null;
  return <Alike key={offer.message.id} offer={offer} />;
}

function Alike({ offer }: { offer: NonNullable<typeof offers.value> }) {
  const [open, setOpen] = useState(false);
  const close = () => {
    offers.value = null;
  };
  if (!open) {
    return (
      <div class="offer" role="status">
        <span class="grow">{t(`offer.${offer.aim}`, { n: offer.count })}</span>
        <Button kind="primary" onClick={() => setOpen(true)}>
          {t("offer.look")}
        </Button>
        <Button kind="quiet" icon="close" label={t("close")} onClick={close} />
      </div>
    );
  }
  return (
    <Dialog title={t(`offer.${offer.aim}`, { n: offer.count })} onClose={close} kind="wide">
      <Found message={offer.message} onDone={close} />
    </Dialog>
  );
}

function Found({ message, onDone }: { message: Message; onDone: () => void }) {
  const found = useFetched((signal) => get<Siblings>(path`/v1/messages/${message.id}/siblings`, undefined, signal), [message.id]);
  const [out, setOut] = useState<ReadonlySet<string>>(new Set());
  return (
    <Loaded from={found}>
      {({ aim, siblings }) => {
        const chosen = siblings.filter((s) => !out.has(s.message.id) && s.offered).map((s) => s.message);
        return (
          <div class="stack">
            <ul role="list" class="stack tight">
              {siblings.map((s) => (
                <li key={s.message.id}>
                  <Check
                    checked={s.offered && !out.has(s.message.id)}
                    disabled={!s.offered || aim === "recall"}
                    onChange={(on) => {
                      const next = new Set(out);
                      if (on) next.delete(s.message.id);
                      else next.add(s.message.id);
                      setOut(next);
                    }}
                  >
                    <span class="wrap">{s.message.subject || t("no_subject")}</span>{" "}
                    <span class="muted small">
                      {s.message.sender} → {s.message.owner} · {t(`likeness.${s.likeness}`)}
                      {s.score_now !== null ? ` · ${number(s.score_now, 2)}` : ""}
                    </span>
                  </Check>
                </li>
              ))}
            </ul>
            <div class="dialog-foot">
              <Button onClick={onDone}>{t("close")}</Button>
              {aim === "release" && chosen.length ? (
                <Button
                  kind="primary"
                  icon="send"
                  onClick={() => {
                    onDone();
                    void actOnMany("release", chosen);
                  }}
                >
                  {t("offer.release", { n: chosen.length })}
                </Button>
              ) : null}
            </div>
          </div>
        );
      }}
    </Loaded>
  );
}
