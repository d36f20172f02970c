import { maskText } from './mask-text.ts';

export type DebugState = 'Waiting' | 'Sent' | 'Accepted' | 'Refused' | 'Repeated' | 'Not reported';

/** A line of the overlay: an event, a signal, or an event that is not reported. */
export interface DebugRow {
  setState(state: DebugState): void;
  /** Writes details, masked. An empty text is left out, and an undefined one leaves the one before. */
  write(facts: Readonly<Record<string, unknown>>): void;
}

export interface DebugRows {
  /** Adds a row. A row with a key is found by it. */
  add(name: unknown, state: DebugState, facts: Readonly<Record<string, unknown>>, key?: string): DebugRow;
  find(key: string): DebugRow | undefined;
}

/** The overlay. Its rows exist before it is shown. */
export interface OverlayPanel extends DebugRows {
  describe(text: string): void;
  show(): void;
  remove(): void;
}

const maxRows = 50;
const maxDetail = 300;

/** The colours are the system's, which follow the light or dark scheme. */
const css = `:host{all:initial!important;position:fixed!important;right:8px!important;bottom:8px!important;z-index:2147483647!important;color-scheme:light dark!important}
section{box-sizing:border-box;width:min(24rem,100vw - 16px);max-height:60vh;overflow:auto;padding:8px 12px;font:13px/1.5 system-ui;background:Canvas;color:CanvasText;border:1px solid;border-radius:8px}
p,pre{margin:0 0 4px;font:inherit;white-space:pre-wrap}
p,pre,b{overflow-wrap:anywhere}
ol{margin:8px 0 0;padding:0;list-style:none}
li{border-top:1px solid #8886}
summary{padding:4px 0;cursor:pointer}
button{float:right}
.Accepted{color:light-dark(#116329,#56d364)}
.Refused{color:light-dark(#a40e26,#ff8f8a)}`;

function create<T extends keyof HTMLElementTagNameMap>(tag: T, ...content: readonly (Node | string)[]): HTMLElementTagNameMap[T] {
  const element = document.createElement(tag);
  element.append(...content);
  return element;
}

/** Creates the overlay, in a closed shadow root: neither styles nor scripts of the page reach it. @param onEnd called by its button */
export function createPanel(onEnd: () => void): OverlayPanel {
  const host = document.createElement('convey-debug');
  const root = host.attachShadow({ mode: 'closed' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  const [consent, list, button] = [create('p'), create('ol'), create('button', 'End')];
  const panel = create('details', create('summary', create('b', 'Convey debugger')), button, consent, list);
  panel.open = true;
  button.onclick = onEnd;
  const section = create('section', panel);
  section.ariaLabel = 'Convey debugger';
  root.append(section);
  const keys = new Map<string, DebugRow>();
  return {
    add(name, state, facts, key) {
      const [label, details] = [create('span'), create('pre')];
      const texts: Record<string, unknown> = {};
      const time = new Date().toTimeString().slice(0, 8);
      const summary = create('summary', `${time} `, create('b', maskText(name)), ' ', label);
      const row: DebugRow = {
        setState(next) {
          label.textContent = label.className = next;
        },
        write(more) {
          for (const title in more) texts[title] = more[title] ?? texts[title];
          const lines = Object.entries(texts).filter(([, text]) => text);
          details.textContent = lines.map(([title, text]) => `${title}: ${maskText(text, maxDetail)}`).join('\n');
        },
      };
      row.setState(state);
      row.write(facts);
      list.prepend(create('li', create('details', summary, details)));
      if (list.children.length > maxRows) list.lastChild?.remove();
      if (key) keys.set(key, row);
      return row;
    },
    find: (key) => keys.get(key),
    describe(text) {
      if (consent.textContent !== text) consent.textContent = text;
    },
    show: () => document.documentElement.append(host),
    remove: () => host.remove(),
  };
}
