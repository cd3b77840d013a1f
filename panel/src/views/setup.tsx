/** The set-up of a domain, tested point by point. */
import { useState } from "preact/hooks";
import { get, path } from "../api";
import { has, t } from "../i18n";
import { go, href, place } from "../router";
import { level, me, scope } from "../session";
import { Button, Loaded, Note, useFetched } from "../ui/parts";
import { Page } from "./page";

interface Setup {
  domain: string;
  ready: boolean;
  points: { name: string; standing: "ok" | "warning" | "failed" | "unknown"; found: string; advice: string }[];
}

const CHIP = { ok: "good", warning: "warn", failed: "bad", unknown: "" };

export function SetupPage() {
  const domain = level(scope.value) === "domain" ? scope.value : (place.value.path[1] ?? "");
  const [text, setText] = useState(domain);
  return (
    <Page name="setup" about={t("setup.about")}>
      {me.value?.level === "global" ? (
        <form
          class="card row flow"
          onSubmit={(e) => {
            e.preventDefault();
            go(href(["setup", text.trim().toLowerCase()]));
          }}
        >
          <label class="grow">
            <span class="sr">{t("route.domain")}</span>
            <input type="text" required placeholder="example.org" autocapitalize="none" spellcheck={false} value={text} onInput={(e) => setText(e.currentTarget.value)} />
          </label>
          <Button submit kind="primary">
            {t("setup.test")}
          </Button>
        </form>
      ) : null}
      {domain ? <Points key={domain} domain={domain} /> : null}
    </Page>
  );
}

function Points({ domain }: { domain: string }) {
  const found = useFetched((signal) => get<Setup>(path`/v1/setup/${domain}`, undefined, signal), [domain]);
  return (
    <Loaded from={found} lines={8}>
      {(setup) => (
        <section class="card stack">
          <div class="row between flow">
            <h2>{setup.domain}</h2>
            <Button icon="refresh" busy={found.loading} onClick={found.again}>
              {t("setup.again")}
            </Button>
          </div>
          <Note kind={setup.ready ? "" : "bad"}>{t(setup.ready ? "setup.ready" : "setup.not_ready")}</Note>
          <ul role="list" class="stack">
            {setup.points.map((point) => (
              <li key={point.name} class="row between attachment">
                <span class="grow">
                  <strong>{has(`setup.${point.name}`) ? t(`setup.${point.name}`) : point.name}</strong>
                  {point.found ? <span class="muted small wrap block">{point.found}</span> : null}
                  {point.advice ? <span class="small wrap block">{point.advice}</span> : null}
                </span>
                <span class={`chip ${CHIP[point.standing]}`}>{t(`standing.${point.standing}`)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </Loaded>
  );
}
