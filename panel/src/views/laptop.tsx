/** What only the laptop's front offers: ways in with one press, and sample mail. In the cloud there is no such address, and nothing is shown. */
import { useEffect } from "preact/hooks";
import { signal } from "@preact/signals";
import { call } from "../api";
import { t } from "../i18n";
import * as listing from "../listing";
import * as session from "../session";
import { Button, Menu, tellFailure, toast } from "../ui/parts";
import { Icon } from "../ui/icon";

interface Laptop {
  doors: { scope: string }[];
  samples: string[];
  smtp: number;
  sink: string;
  where: string;
  /** Whose mail the samples are. */
  to: string;
}

/** null: not asked yet; false: this is no laptop. */
export const laptop = signal<Laptop | false | null>(null);

export async function findLaptop(): Promise<void> {
  if (laptop.value !== null || !["127.0.0.1", "localhost", "[::1]"].includes(location.hostname)) return;
  try {
    laptop.value = await call<Laptop>("GET", "/laptop/about.json");
  } catch {
    laptop.value = false;
  }
}

export function Doors() {
  useEffect(() => void findLaptop(), []);
  const here = laptop.value;
  if (!here || !here.doors.length) return null;
  const enter = async (scope: string) => {
    try {
      const { token } = await call<{ token: string }>("POST", "/laptop/door", { body: { scope } });
      await session.enterByToken(token);
    } catch (error) {
      tellFailure(error);
    }
  };
  return (
    <section class="card stack" aria-label={t("laptop.title")}>
      <div class="stack tight">
        <h2>{t("laptop.title")}</h2>
        <p class="muted small">{t("laptop.about")}</p>
      </div>
      <ul role="list" class="stack tight">
        {here.doors.map(({ scope }) => (
          <li key={scope}>
            <button type="button" class="button full door-button" onClick={() => void enter(scope)}>
              <Icon name={scope === "global" ? "gauge" : scope.includes("@") ? "user" : "people"} />
              <span class="grow">
                <span class="block">{t(`laptop.as.${session.level(scope)}`)}</span>
                <span class="block muted small">{scope === "global" ? t("level.global") : scope}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      <p class="muted small">
        <a href={here.sink}>{t("laptop.sink")}</a> · <a href={here.where}>{t("laptop.where")}</a>
      </p>
    </section>
  );
}

/** Sample mail, sent by SMTP to the laptop's own edge. */
export function Samples({ text }: { text?: boolean }) {
  useEffect(() => void findLaptop(), []);
  const here = laptop.value;
  if (!here || !here.samples.length) return null;
  const send = async (kind: string) => {
    try {
      const { reply } = await call<{ reply: string }>("POST", "/laptop/sample", { body: { kind } });
      toast(t("sample.sent", { reply }));
      setTimeout(() => void listing.refresh(), 600);
    } catch (error) {
      tellFailure(error);
    }
  };
  if (text) {
    return (
      <div class="stack tight samples">
        <p class="muted small">{t("sample.about", { to: here.to })}</p>
        <div class="buttons">
          {here.samples.map((kind) => (
            <Button key={kind} icon="mail" onClick={() => void send(kind)}>
              {t(`sample.${kind}`)}
            </Button>
          ))}
        </div>
      </div>
    );
  }
  return <Menu label={t("sample.title")} icon="plus" kind="quiet" entries={here.samples.map((kind) => ({ label: t(`sample.${kind}`), icon: "mail", onPick: () => void send(kind) }))} />;
}
