import { html } from 'hono/html';
import type { ShopHtml } from './html.ts';

/** The look of a clock. Colours are CSS hex. */
export interface ClockDesign {
  readonly body: 'round' | 'square' | 'octagon' | 'sunburst' | 'arch' | 'carriage' | 'bells' | 'longcase';
  readonly numerals: 'arabic' | 'roman' | 'batons' | 'dots' | 'none';
  readonly hands: 'baton' | 'spade';
  readonly case: string;
  readonly face: string;
  readonly ink: string;
  readonly accent: string;
  /** The displayed time. */
  readonly time: readonly [hour: number, minute: number];
  /** The second that a thin second hand shows. Absent: no second hand. */
  readonly seconds?: number;
  /** Degrees of the alarm hand. Absent: no alarm hand. */
  readonly alarm?: number;
  readonly feet?: boolean;
  /** The background. The stylesheet defines its colour. */
  readonly tone: 'sand' | 'sage' | 'sky' | 'clay';
}

/** Draws a clock in a square of 240 units. Screen readers announce the title; a drawing without a title is decoration. */
export function renderClock(look: ClockDesign, title?: string): ShopHtml {
  return html`<svg class="drawing" viewBox="0 0 240 240" ${title === undefined ? html`aria-hidden="true"` : html`role="img" aria-label="${title}"`} focusable="false">${clock(look)}</svg>`;
}

/** Draws a clock inside another drawing, scaled to `size`. */
export function embedClock(look: ClockDesign, x: number, y: number, size: number): ShopHtml {
  return html`<svg x="${x}" y="${y}" width="${size}" height="${size}" viewBox="0 0 240 240">${clock(look)}</svg>`;
}

function clock(look: ClockDesign): ShopHtml {
  switch (look.body) {
    case 'round':
      return round(look);
    case 'square':
      return square(look);
    case 'octagon':
      return octagon(look);
    case 'sunburst':
      return sunburst(look);
    case 'arch':
      return arch(look);
    case 'carriage':
      return carriage(look);
    case 'bells':
      return bells(look);
    case 'longcase':
      return longcase(look);
  }
}

const shade = '#000';
const steel = '#858b87';

function ground(width: number): ShopHtml {
  return html`<ellipse cx="120" cy="218" rx="${width}" ry="6" fill="${shade}" opacity=".16"/>`;
}

function round(look: ClockDesign): ShopHtml {
  const standing = look.feet === true;
  const shadow = standing ? ground(62) : html`<circle cx="124" cy="128" r="96" fill="${shade}" opacity=".12"/>`;
  const feet = html`<path d="M76 190 62 216h16l14-18zM164 190l14 26h-16l-14-18z" fill="${look.case}"/>`;
  return html`${shadow}${standing && feet}<circle cx="120" cy="120" r="96" fill="${look.case}"/>
<circle cx="120" cy="120" r="91" fill="none" stroke="#fff" stroke-width="2" opacity=".22"/>${dial(look, 120, 120, 82)}`;
}

function square(look: ClockDesign): ShopHtml {
  return html`${ground(86)}${look.feet === true && html`<path d="M58 208h20v9H58zM162 208h20v9h-20z" fill="${look.ink}"/>`}
<rect x="30" y="30" width="180" height="180" rx="26" fill="${look.case}"/>
<rect x="35" y="35" width="170" height="170" rx="22" fill="none" stroke="#fff" stroke-width="2" opacity=".25"/>
<rect x="46" y="46" width="148" height="148" rx="16" fill="${look.face}"/>${dial(look, 120, 120, 72)}`;
}

/** The corners of an octagon with a radius of 106 around 0 0. */
const octagonPath = 'M97.93 40.57 40.57 97.93-40.57 97.93-97.93 40.57-97.93-40.57-40.57-97.93 40.57-97.93 97.93-40.57z';

function octagon(look: ClockDesign): ShopHtml {
  return html`<path d="${octagonPath}" transform="translate(124 128)" fill="${shade}" opacity=".12"/><path d="${octagonPath}" transform="translate(120 120)" fill="${look.case}"/>
<path d="${octagonPath}" transform="translate(120 120) scale(.925)" fill="none" stroke="#fff" stroke-width="2" opacity=".3"/>
<circle cx="120" cy="120" r="82" fill="${look.accent}"/><circle cx="120" cy="120" r="82" fill="${shade}" opacity=".25"/>${dial(look, 120, 120, 78)}`;
}

function sunburst(look: ClockDesign): ShopHtml {
  const rays = Array.from({ length: 24 }, (_, index) => {
    const [path, opacity] = index % 2 === 0 ? ['M-4.9-53.8 0-112 4.9-53.8z', 1] : ['M-3.6-53.9 0-94 3.6-53.9z', 0.75];
    return html`<path d="${path}" transform="rotate(${index * 15})" opacity="${opacity}"/>`;
  });
  return html`<circle cx="124" cy="126" r="64" fill="${shade}" opacity=".12"/><g transform="translate(120 120)" fill="${look.case}">${rays}<circle r="60"/></g>${dial(look, 120, 120, 52)}`;
}

function arch(look: ClockDesign): ShopHtml {
  return html`${ground(104)}<path d="M14 204h212v12H14z" fill="${look.case}"/><path d="M14 204h212v12H14z" fill="${shade}" opacity=".28"/>
<path d="M24 204v-30q34-6 40-60a56 60 0 0 1 112 0q6 54 40 60v30z" fill="${look.case}"/>
<path d="M34 196v-16q34-8 40-66a46 50 0 0 1 92 0q6 58 40 66v16z" fill="none" stroke="${look.accent}" stroke-width="1.5" opacity=".7"/>
<circle cx="120" cy="124" r="56" fill="${look.accent}"/>${dial(look, 120, 124, 51)}`;
}

function carriage(look: ClockDesign): ShopHtml {
  const bar = html`<path d="M48 202h144v14H48zM56 56h128v12H56z" fill="${look.case}"/><path d="M56 64h128v4H56zM48 210h144v6H48z" fill="${shade}" opacity=".2"/>`;
  return html`${ground(84)}<path d="M84 56V34q0-10 10-10h52q10 0 10 10v22" fill="none" stroke="${look.case}" stroke-width="8" stroke-linecap="round"/>
<rect x="62" y="66" width="116" height="138" fill="#a9bcc0"/><path d="M62 66h50L76 204H62z" fill="#fff" opacity=".25"/>
${bar}<path d="M60 66h12v138H60zM168 66h12v138h-12z" fill="${look.case}"/>
<circle cx="120" cy="184" r="11" fill="none" stroke="${look.case}" stroke-width="4"/><circle cx="120" cy="184" r="4" fill="${look.case}"/>
${dial(look, 120, 122, 46)}`;
}

function bells(look: ClockDesign): ShopHtml {
  const bell = html`<path d="M48 70a36 36 0 0 1 56-34z" fill="${look.accent}"/><path d="M192 70a36 36 0 0 0-56-34z" fill="${look.accent}"/>
<circle cx="70" cy="40" r="5" fill="${steel}"/><circle cx="170" cy="40" r="5" fill="${steel}"/>`;
  return html`${ground(66)}<path d="M84 52q36-34 72 0" fill="none" stroke="${steel}" stroke-width="5"/><path d="M117 30h6v22h-6z" fill="${steel}"/><circle cx="120" cy="30" r="6" fill="${steel}"/>
${bell}<path d="M74 196 60 216M166 196l14 20" stroke="${steel}" stroke-width="9" stroke-linecap="round"/>
<circle cx="120" cy="132" r="82" fill="${look.case}"/><circle cx="120" cy="132" r="77" fill="none" stroke="#fff" stroke-width="2" opacity=".25"/>${dial(look, 120, 132, 69)}`;
}

function longcase(look: ClockDesign): ShopHtml {
  return html`${ground(60)}<path d="M72 188h96v28H72zM80 82h80v106H80z" fill="${look.case}"/><path d="M80 82h80v4H80zM72 188h96v3H72z" fill="${shade}" opacity=".3"/>
<path d="M70 84V34q50-34 100 0v50z" fill="${look.case}"/><path d="M66 80h108v6H66z" fill="${look.case}"/><path d="M66 80h108v6H66z" fill="${shade}" opacity=".18"/>
<rect x="96" y="96" width="48" height="84" rx="3" fill="#2a2019"/><path d="M96 96h20l-12 84h-8z" fill="#fff" opacity=".1"/>
<path d="M120 90 126 158" stroke="${look.accent}" stroke-width="2"/><circle cx="126.400" cy="162" r="10" fill="${look.accent}"/><circle cx="126.400" cy="162" r="5" fill="#fff" opacity=".25"/>
<path d="M80 196h80v14H80z" fill="none" stroke="${look.accent}" opacity=".55"/>${dial(look, 120, 50, 31)}`;
}

/** Draws a face with its hands. Its parts are drawn for a radius of 100 and scaled. */
function dial(look: ClockDesign, x: number, y: number, radius: number): ShopHtml {
  const { ink, accent } = look;
  const [hour, minute] = look.time;
  const hourAngle = (hour % 12) * 30 + minute / 2;
  const hand = look.hands === 'spade' ? spadeHand : batonHand;
  return html`<g transform="translate(${x} ${y}) scale(${radius / 100})" fill="none" stroke-linecap="round"><circle r="100" fill="${look.face}"/>
${marks(look)}${look.alarm !== undefined && batonHand(42, look.alarm, 3, accent)}
${hand(50, hourAngle, 7.5, ink)}${hand(76, minute * 6, 5.5, ink)}${look.seconds !== undefined && batonHand(82, look.seconds * 6, 2.2, accent)}
<circle r="6.5" fill="${ink}"/><circle r="3" fill="${accent}"/></g>`;
}

const roman = ['XII', 'I', 'II', 'III', 'IIII', 'V', 'VI', 'VII', 'VIII', 'IX', 'X', 'XI'];
function marks({ numerals, ink }: ClockDesign): ShopHtml | undefined {
  const track = html`${ticks(60, 91, 95, 1.2, ink)}${ticks(12, 88, 95, 1.2, ink)}`;
  switch (numerals) {
    case 'none':
      return undefined;
    case 'dots':
      return html`${dots(12, 6, ink)}${dots(4, 11, ink)}`;
    case 'batons':
      return html`${ticks(12, 78, 92, 4, ink)}${ticks(4, 72, 92, 4, ink)}`;
    case 'roman':
      return html`${track}<g fill="${ink}" font-family="Georgia, 'Times New Roman', serif" font-size="19" font-weight="600" text-anchor="middle" aria-hidden="true">
${roman.map((text, hour) => html`<text y="-75" dy=".35em" transform="rotate(${hour * 30})">${text}</text>`)}</g>`;
    case 'arabic':
      return html`${track}<g fill="${ink}" font-family="system-ui, sans-serif" font-size="23" font-weight="600" text-anchor="middle" aria-hidden="true">
${roman.map((_, hour) => html`<text dy=".35em" transform="rotate(${hour * 30}) translate(0 -72) rotate(${-hour * 30})">${hour || 12}</text>`)}</g>`;
  }
}

/** Draws evenly spaced ticks as a dashed circle, from one radius to another. */
function ticks(count: number, from: number, to: number, thickness: number, colour: string): ShopHtml {
  const radius = (from + to) / 2;
  const dash = roundCoordinate((thickness * count) / (2 * Math.PI * radius));
  return html`<circle r="${radius}" pathLength="${count}" stroke="${colour}" stroke-width="${to - from}" stroke-linecap="butt" stroke-dasharray="${dash} ${1 - dash}" stroke-dashoffset="${dash / 2}"/>`;
}

function dots(count: number, diameter: number, colour: string): ShopHtml {
  return html`<circle r="82" pathLength="${count}" stroke="${colour}" stroke-width="${diameter}" stroke-dasharray="0 1"/>`;
}

function batonHand(length: number, angle: number, width: number, colour: string): ShopHtml {
  return html`<path d="M0 ${roundCoordinate(length * 0.18)}V${-length}" transform="rotate(${angle})" stroke="${colour}" stroke-width="${width}"/>`;
}

/** Draws a hand with a leaf near its tip, as on old clocks. */
function spadeHand(length: number, angle: number, _width: number, colour: string): ShopHtml {
  return html`<g transform="rotate(${angle})"><path d="M0 ${roundCoordinate(length * 0.14)}V${roundCoordinate(length * -0.8)}" stroke="${colour}" stroke-width="3.5"/>
<path d="M0 ${-length}q15 ${roundCoordinate(length * 0.24)} 0 ${roundCoordinate(length * 0.32)}q-15 ${roundCoordinate(length * -0.08)} 0 ${roundCoordinate(length * -0.32)}z" fill="${colour}"/></g>`;
}

const roundCoordinate = (value: number): number => Math.round(value * 1_000) / 1_000;
