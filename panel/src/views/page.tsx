/** What the pages of settings have in common. */
import type { ComponentChildren } from "preact";
import { t } from "../i18n";
import { useTitle } from "../ui/parts";
import { ScopeChooser } from "./scope";

export function Page(p: { name: string; about?: string; scoped?: boolean; actions?: ComponentChildren; children: ComponentChildren }) {
  useTitle(t(`nav.${p.name}`));
  return (
    <div class="page">
      <div class="page-inner">
        <header class="page-head">
          <div class="stack tight grow">
            <h1>{t(`nav.${p.name}`)}</h1>
            {p.about ? <p>{p.about}</p> : null}
          </div>
          <div class="buttons">
            {p.scoped ? (
              <span class="desk-only">
                <ScopeChooser />
              </span>
            ) : null}
            {p.actions}
          </div>
        </header>
        {p.children}
      </div>
    </div>
  );
}
