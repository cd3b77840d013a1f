/** Keys of one letter. They are off while somebody types, in dialogs, with a modifier, and where the visitor switched them off. */
import { signal } from "@preact/signals";
import { shortcuts } from "./session";

export const helpOpen = signal(false);

export const HELP: [string[], string][] = [
  [["j", "↓"], "key.next"],
  [["k", "↑"], "key.previous"],
  [["Enter"], "key.open"],
  [["Esc"], "key.back"],
  [["Space"], "key.pick"],
  [["r"], "act.release"],
  [["t"], "act.releaseTrain"],
  [["w"], "act.releaseAllow"],
  [["b"], "act.removeBlock"],
  [["x"], "act.remove"],
  [["n"], "act.notSpam"],
  [["s"], "act.spam"],
  [["z"], "key.undo"],
  [["/"], "key.search"],
  [["?"], "key.help"],
];

export function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(target.type);
}

/** Listen for keys; answers how to stop. A handler answers true where the key was for it. */
export function onKeys(handler: (key: string, event: KeyboardEvent) => boolean): () => void {
  const listen = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (document.querySelector("dialog[open], [role=menu]")) return;
    if (event.key.length === 1 && !shortcuts.value) return;
    if (event.key === "?") {
      helpOpen.value = true;
      event.preventDefault();
    } else if (handler(event.key, event)) event.preventDefault();
  };
  document.addEventListener("keydown", listen);
  return () => document.removeEventListener("keydown", listen);
}
