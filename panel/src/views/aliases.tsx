/** Whose mail it is: aliases, separators, catch-all, domains that mean another one. */
import { useState } from "preact/hooks";
import { del, get, path, put } from "../api";
import { t } from "../i18n";
import { go, href, place } from "../router";
import { level, me, mayWrite, scope } from "../session";
import { Button, Empty, Field, Loaded, Note, tellFailure, toast, useFetched, wordsOf } from "../ui/parts";
import { Page } from "./page";

const MAIL = /^[^\s@]+@[^\s@]+$/;

interface Alias {
  address: string;
  owner: string;
}
interface Chosen {
  domain: string;
  separators: string;
  same_as: string | null;
  catch_all: string | null;
}
interface Found {
  chosen: Chosen;
  aliases: Alias[];
  cursor: string | null;
}

export function Aliases() {
  const own = level(scope.value) === "domain" ? scope.value : level(scope.value) === "recipient" ? scope.value.slice(scope.value.lastIndexOf("@") + 1) : (place.value.path[1] ?? "");
  return (
    <Page name="aliases" about={t("aliases.about")} scoped={me.value?.level !== "global"}>
      {me.value?.level === "global" ? <Which now={own} /> : null}
      {own ? <Domain key={own} domain={own} /> : null}
    </Page>
  );
}

function Which({ now }: { now: string }) {
  const [text, setText] = useState(now);
  return (
    <form
      class="card row flow"
      onSubmit={(e) => {
        e.preventDefault();
        go(href(["aliases", text.trim().toLowerCase()]));
      }}
    >
      <label class="grow">
        <span class="sr">{t("route.domain")}</span>
        <input type="text" required placeholder="example.org" autocapitalize="none" spellcheck={false} value={text} onInput={(e) => setText(e.currentTarget.value)} />
      </label>
      <Button submit kind="primary">
        {t("scope.show")}
      </Button>
    </form>
  );
}

function Domain({ domain }: { domain: string }) {
  const found = useFetched((signal) => get<Found>(path`/v1/aliases/${domain}`, { limit: 200 }, signal), [domain]);
  const [address, setAddress] = useState("");
  const [owner, setOwner] = useState("");
  const [wrong, setWrong] = useState({ at: "", text: "" });
  const add = async (e: Event) => {
    e.preventDefault();
    setWrong({ at: "", text: "" });
    try {
      await put(path`/v1/aliases/${domain}/entries`, { address: address.trim(), owner: owner.trim() });
      setAddress("");
      found.again();
    } catch (error) {
      setWrong({ at: MAIL.test(address.trim()) && !MAIL.test(owner.trim()) ? "owner" : "address", text: wordsOf(error) });
    }
  };
  return (
    <Loaded from={found}>
      {(data) => (
        <>
          <section class="card stack">
            <h2>{t("aliases.list", { domain })}</h2>
            {data.aliases.length ? (
              <ul role="list" class="stack tight">
                {data.aliases.map((each) => (
                  <li key={each.address} class="row between">
                    <span class="wrap">
                      <strong>{each.address}</strong> {each.address === each.owner ? <span class="chip">{t("alias.mailbox")}</span> : `→ ${each.owner}`}
                    </span>
                    {mayWrite.value ? (
                      <Button
                        kind="quiet"
                        icon="bin"
                        label={t("entry.remove", { pattern: each.address })}
                        onClick={() =>
                          void del(path`/v1/aliases/${domain}/entries`, { address: each.address }).then(() => {
                            found.again();
                            toast(t("entry.removed", { pattern: each.address }), {
                              undo: () => void put(path`/v1/aliases/${domain}/entries`, { address: each.address, owner: each.owner }).then(found.again, tellFailure),
                            });
                          }, tellFailure)
                        }
                      />
                    ) : null}
                  </li>
                ))}
              </ul>
            ) : (
              <Empty icon="mail" title={t("aliases.none")} />
            )}
            {data.cursor ? <Note>{t("aliases.more")}</Note> : null}
            {mayWrite.value ? (
              <form class="stack tight" onSubmit={(e) => void add(e)}>
                <div class="grid2">
                  <Field label={t("alias.address")} error={wrong.at === "address" ? wrong.text : undefined}>
                    {(given) => <input type="text" {...given} required autocapitalize="none" spellcheck={false} value={address} onInput={(e) => setAddress(e.currentTarget.value)} />}
                  </Field>
                  <Field label={t("alias.owner")} error={wrong.at === "owner" ? wrong.text : undefined}>
                    {(given) => <input type="text" {...given} required autocapitalize="none" spellcheck={false} value={owner} onInput={(e) => setOwner(e.currentTarget.value)} />}
                  </Field>
                </div>
                <div>
                  <Button submit icon="plus">
                    {t("entry.add")}
                  </Button>
                </div>
              </form>
            ) : null}
          </section>
          <DomainForm key={JSON.stringify(data.chosen)} domain={domain} chosen={data.chosen} onSaved={found.again} />
        </>
      )}
    </Loaded>
  );
}

function DomainForm({ domain, chosen, onSaved }: { domain: string; chosen: Chosen; onSaved: () => void }) {
  const [separators, setSeparators] = useState(chosen.separators);
  const [sameAs, setSameAs] = useState(chosen.same_as ?? "");
  const [catchAll, setCatchAll] = useState(chosen.catch_all ?? "");
  const [wrong, setWrong] = useState({ at: "", text: "" });
  const at = (name: string) => (wrong.at === name ? wrong.text : undefined);
  const submit = async (e: Event) => {
    e.preventDefault();
    setWrong({ at: "", text: "" });
    try {
      await put(path`/v1/aliases/${domain}`, { separators, same_as: sameAs.trim() || null, catch_all: catchAll.trim() || null });
      toast(t("policy.saved"));
      onSaved();
    } catch (error) {
      const text = wordsOf(error);
      setWrong({ at: /separator/.test(String(error)) ? "separators" : sameAs.trim() ? "same_as" : "catch_all", text });
    }
  };
  return (
    <form class="card stack" onSubmit={(e) => void submit(e)}>
      <h2>{t("aliases.domain", { domain })}</h2>
      <div class="grid2">
        <Field label={t("alias.separators")} hint={t("alias.separators.hint")} error={at("separators")}>
          {(given) => <input type="text" {...given} value={separators} onInput={(e) => setSeparators(e.currentTarget.value)} />}
        </Field>
        <Field label={t("alias.same_as")} hint={t("alias.same_as.hint")} error={at("same_as")}>
          {(given) => <input type="text" {...given} autocapitalize="none" spellcheck={false} value={sameAs} onInput={(e) => setSameAs(e.currentTarget.value)} />}
        </Field>
        <Field label={t("alias.catch_all")} hint={t("alias.catch_all.hint")} error={at("catch_all")}>
          {(given) => <input type="text" {...given} autocapitalize="none" spellcheck={false} value={catchAll} onInput={(e) => setCatchAll(e.currentTarget.value)} />}
        </Field>
      </div>
      {mayWrite.value ? (
        <div>
          <Button submit>{t("save")}</Button>
        </div>
      ) : null}
    </form>
  );
}
