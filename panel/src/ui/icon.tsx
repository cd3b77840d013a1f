/** Line icons, 24 by 24, drawn for this panel. Always beside words or in a button with a label: hidden from screen readers. */
const PATHS: Record<string, string> = {
  inbox: "M3 13h5l1.5 3h5L16 13h5M5 5h14l2 8v6H3v-6z",
  outbox: "M12 14V4m0 0L8 8m4-4 4 4M4 14v5h16v-5",
  question: "M9.2 9a3 3 0 1 1 4.4 2.6c-1 .6-1.6 1.1-1.6 2.4M12 17.5v.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
  log: "M5 4h14v16H5zM9 9h6M9 13h6M9 17h3",
  people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20a6.5 6.5 0 0 1 13 0M16 4.5a3.5 3.5 0 0 1 0 6.5M18 14.5a6.5 6.5 0 0 1 3.5 5.5",
  sliders: "M4 7h9m4 0h3M4 17h3m4 0h9M15 4.5v5M9 14.5v5",
  book: "M5 4h11a3 3 0 0 1 3 3v13H8a3 3 0 0 1-3-3zM5 17a3 3 0 0 1 3-3h11",
  route: "M6 19a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM18 10a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM6 14V9a3 3 0 0 1 3-3h6.5M18 10v4a3 3 0 0 1-3 3H8.5",
  key: "M14.5 13a4.5 4.5 0 1 0-4.3-3.2L4 16v4h4v-2h2v-2h2l.8-3.2zM15.5 8.5v.01",
  chart: "M4 20V4M4 20h16M8.5 16v-5M13 16V8M17.5 16v-3",
  gauge: "M12 13l4-4M4.5 18a9 9 0 1 1 15 0",
  shield: "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 12l2 2 4-4",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6L6 18",
  back: "M15 5l-7 7 7 7",
  up: "M6 15l6-6 6 6",
  down: "M6 9l6 6 6-6",
  check: "M5 12.5l4.5 4.5L19 7.5",
  send: "M4 12l16-8-5 16-3.5-6.5zM11.5 13.5L20 4",
  learn: "M12 5L2.5 9.5 12 14l9.5-4.5zM6.5 12v4.5c3 2.5 8 2.5 11 0V12",
  star: "M12 4l2.4 5 5.6.8-4 3.9.9 5.5L12 16.6 7.1 19.2 8 13.7 4 9.8 9.6 9z",
  block: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM5.7 5.7l12.6 12.6",
  bin: "M4 7h16M9 7V4h6v3M6.5 7l1 13h9l1-13M10 11v5M14 11v5",
  more: "M5 12m-.9 0a.9.9 0 1 0 1.8 0a.9.9 0 1 0-1.8 0M12 12m-.9 0a.9.9 0 1 0 1.8 0a.9.9 0 1 0-1.8 0M19 12m-.9 0a.9.9 0 1 0 1.8 0a.9.9 0 1 0-1.8 0",
  download: "M12 4v11m0 0l-4.5-4.5M12 15l4.5-4.5M4 19.5h16",
  clip: "M8 12.5l6.5-6.5a3 3 0 0 1 4.2 4.2L10 19a5 5 0 0 1-7-7l8-8",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5L20 20",
  refresh: "M20 12a8 8 0 1 1-2.5-5.8M20 4v4.5h-4.5",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 8v.01",
  alert: "M12 4l9 16H3zM12 10v4M12 17v.01",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5 5l1.5 1.5M17.5 17.5L19 19M5 19l1.5-1.5M17.5 6.5L19 5",
  moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z",
  globe: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18",
  keyboard: "M3 7h18v10H3zM7 11h.01M11 11h.01M15 11h.01M7.5 14h9",
  exit: "M14 4H5v16h9M10 12h11m0 0l-3.5-3.5M21 12l-3.5 3.5",
  user: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20a7.5 7.5 0 0 1 15 0",
  plus: "M12 5v14M5 12h14",
  pen: "M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19zM13.5 7l3.5 3.5",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  image: "M4 5h16v14H4zM4 16l4.5-4.5 4 4L16 12l4 4M9 9.5v.01",
  undo: "M9 7L4 12l5 5M4 12h10a6 6 0 0 1 6 6v1",
  mail: "M3 6h18v12H3zM3 7l9 7 9-7",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2",
  offline: "M3 4l18 16M5 12a10 10 0 0 1 4-2.5M15 9.8a10 10 0 0 1 4 2.2M8.5 15.5a5 5 0 0 1 7 0M12 19v.01M2 8.5a15 15 0 0 1 4-2.4M12 5a15 15 0 0 1 10 3.5",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  tag: "M4 4h8l8 8-8 8-8-8zM8.5 8.5v.01",
};

export function Icon({ name }: { name: string }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name] ?? ""} />
    </svg>
  );
}
