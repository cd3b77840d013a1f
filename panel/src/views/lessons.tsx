/** What the filter was taught: by whom, what became of it, and how to take it back. */
import { useState } from "preact/hooks";
import { path, post } from "../api";
import { fullDate, has, mediumDate, t } from "../i18n";
import { href } from "../router";
import { isAdmin, mayWrite, scope } from "../session";
import { Button, Empty, Loaded, ShowMore, Table, tellFailure, toast, usePages } from "../ui/parts";
import { Page } from "./page";
import { scopeName } from "./scope";

interface Lesson {
  id: string;
  scope: string;
  label: "ham" | "spam";
  state: string;
  author: string;
  given_as: string;
  channel: string;
  weight: number;
  created_at: string;
  origin: string;
  note: string;
}

const STATES = ["", "pending", "applied", "parked", "held_out", "undone", "dropped", "folded"];
const MOVABLE = new Set(["pending", "applied", "held_out"]);

export function Lessons() {
  const [state, setState] = useState("");
  const found = usePages<Lesson>("/v1/lessons", "lessons", { scope: scope.value, state: state || null, limit: 50 });
  const act = async (lesson: Lesson, verb: "undo" | "accept" | "drop") => {
    try {
      await post(path`/v1/lessons/${lesson.id}/${verb}`);
      toast(t(`lesson.did.${verb}`));
      found.again();
    } catch (error) {
      tellFailure(error);
    }
  };
  return (
    <Page name="lessons" about={t("lessons.about", { scope: scopeName(scope.value) })} scoped>
      <Loaded from={found}>
        {({ rows }) => {
          return (
            <section class="card stack">
              <label class="narrow">
                <span class="sr">{t("lesson.state")}</span>
                <select value={state} onChange={(e) => setState(e.currentTarget.value)}>
                  {STATES.map((each) => (
                    <option key={each} value={each}>
                      {t(each ? `lesson.state.${each}` : "lesson.state.any")}
                    </option>
                  ))}
                </select>
              </label>
              {rows.length ? (
                <Table caption={t("nav.lessons")} heads={[t("lesson.what"), t("lesson.who"), t("lesson.state")]}>
                  {rows.map((lesson) => (
                    <tr key={lesson.id}>
                      <td>
                        <span class={`chip ${lesson.label}`}>{t(lesson.label === "ham" ? "act.notSpam" : "act.spam")}</span>
                        <div class="muted small">
                          <Origin origin={lesson.origin} />
                        </div>
                      </td>
                      <td>
                        {lesson.author}
                        <div class="muted small">
                          <time dateTime={lesson.created_at} title={fullDate(lesson.created_at)}>
                            {mediumDate(lesson.created_at)}
                          </time>
                          {has(`channel.${lesson.channel}`) ? ` · ${t(`channel.${lesson.channel}`)}` : ""}
                        </div>
                      </td>
                      <td>
                        <span class={`chip ${lesson.state === "parked" ? "warn" : ""}`}>{t(`lesson.state.${lesson.state}`)}</span>
                        {lesson.note ? <div class="muted small">{lesson.note}</div> : null}
                      </td>
                      <td class="act">
                        {mayWrite.value && MOVABLE.has(lesson.state) ? (
                          <Button icon="undo" onClick={() => void act(lesson, "undo")}>
                            {t("lesson.undo")}
                          </Button>
                        ) : null}
                        {mayWrite.value && isAdmin.value && lesson.state === "parked" ? (
                          <span class="buttons">
                            <Button onClick={() => void act(lesson, "accept")}>{t("lesson.accept")}</Button>
                            <Button onClick={() => void act(lesson, "drop")}>{t("lesson.drop")}</Button>
                          </span>
                        ) : null}
                      </td>
                    </tr>
                  ))}
                </Table>
              ) : (
                <Empty icon="learn" title={t("lessons.none")}>
                  <p>{t("lessons.none.text")}</p>
                </Empty>
              )}
              <ShowMore from={found} />
            </section>
          );
        }}
      </Loaded>
    </Page>
  );
}

function Origin({ origin }: { origin: string }) {
  const [kind = "", rest = ""] = [origin.slice(0, origin.indexOf(":")), origin.slice(origin.indexOf(":") + 1)];
  if (/^[0-9A-HJKMNP-TV-Z]{26}\./.test(origin)) return <a href={href(["incoming", origin])}>{t("lesson.message")}</a>;
  if (kind === "copy") return <a href={href(["incoming", rest])}>{t("lesson.message")}</a>;
  return <span class="wrap">{origin}</span>;
}
