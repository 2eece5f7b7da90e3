// Draws the three state diagrams of docs/guides/states.md into docs/media, in colours that fit light and dark pages.
import { writeFileSync } from 'node:fs';

/**
 * @typedef {{ at: [number, number], kind?: 'good' | 'bad' | 'wait' }} State
 * @typedef {{ from: string, to: string, path: string, text: string, at: [number, number], anchor?: string }} Step
 * @typedef {{ title: string, size: [number, number], states: Record<string, State>, steps: Step[] }} Diagram
 */

const width = 132;
const height = 40;

/** @type {Record<string, Diagram>} */
const diagrams = {
  connection: {
    title: 'States of the connection',
    size: [720, 330],
    states: {
      idle: { at: [90, 50] },
      connecting: { at: [360, 50], kind: 'wait' },
      connected: { at: [630, 50], kind: 'good' },
      failed: { at: [90, 190], kind: 'bad' },
      reconnecting: { at: [360, 190], kind: 'wait' },
      offline: { at: [630, 290], kind: 'wait' },
    },
    steps: [
      { from: 'idle', to: 'connecting', path: 'M156 50H290', text: 'connect(), a listener', at: [223, 40] },
      { from: 'connecting', to: 'connected', path: 'M426 50H560', text: 'welcome', at: [493, 40] },
      {
        from: 'connecting',
        to: 'reconnecting',
        path: 'M360 70V166',
        text: 'the dial failed',
        at: [352, 122],
        anchor: 'end',
      },
      {
        from: 'connected',
        to: 'reconnecting',
        path: 'M610 70L430 172',
        text: 'lost',
        at: [508, 116],
        anchor: 'end',
      },
      {
        from: 'reconnecting',
        to: 'connected',
        path: 'M426 190Q600 180 648 74',
        text: 'welcome',
        at: [606, 176],
        anchor: 'start',
      },
      { from: 'reconnecting', to: 'failed', path: 'M294 190H160', text: 'refused for good', at: [227, 180] },
      {
        from: 'reconnecting',
        to: 'offline',
        path: 'M380 210Q420 290 560 290',
        text: 'no network',
        at: [420, 282],
        anchor: 'end',
      },
      {
        from: 'offline',
        to: 'reconnecting',
        path: 'M600 270Q520 216 430 204',
        text: 'network',
        at: [548, 232],
        anchor: 'start',
      },
      {
        from: 'failed',
        to: 'connecting',
        path: 'M110 170L294 74',
        text: 'connect()',
        at: [190, 120],
        anchor: 'end',
      },
    ],
  },
  subscription: {
    title: 'States of a subscription',
    size: [720, 250],
    states: {
      unsubscribed: { at: [90, 60] },
      subscribing: { at: [360, 60], kind: 'wait' },
      subscribed: { at: [630, 60], kind: 'good' },
      refused: { at: [360, 200], kind: 'bad' },
    },
    steps: [
      { from: 'unsubscribed', to: 'subscribing', path: 'M156 52H290', text: 'on(), hold()', at: [223, 42] },
      {
        from: 'subscribing',
        to: 'unsubscribed',
        path: 'M294 68H160',
        text: '1 s after the last',
        at: [227, 88],
      },
      { from: 'subscribing', to: 'subscribed', path: 'M426 52H560', text: 'confirmed', at: [493, 42] },
      { from: 'subscribed', to: 'subscribing', path: 'M564 68H430', text: 'connection lost', at: [497, 88] },
      {
        from: 'subscribing',
        to: 'refused',
        path: 'M350 80V176',
        text: 'the server says no',
        at: [340, 134],
        anchor: 'end',
      },
      {
        from: 'refused',
        to: 'subscribing',
        path: 'M370 180V84',
        text: 'a renewed token, connect()',
        at: [380, 134],
        anchor: 'start',
      },
    ],
  },
  message: {
    title: 'States of a message',
    size: [720, 330],
    states: {
      waiting: { at: [90, 60], kind: 'wait' },
      'in-flight': { at: [360, 60], kind: 'wait' },
      acknowledged: { at: [630, 60], kind: 'good' },
      expired: { at: [90, 280], kind: 'bad' },
      rejected: { at: [360, 280], kind: 'bad' },
      unconfirmed: { at: [630, 170], kind: 'wait' },
    },
    steps: [
      { from: 'waiting', to: 'in-flight', path: 'M156 52H290', text: 'its turn', at: [223, 42] },
      { from: 'in-flight', to: 'waiting', path: 'M294 68H160', text: 'the attempt failed', at: [227, 88] },
      { from: 'in-flight', to: 'acknowledged', path: 'M426 60H560', text: 'accepted', at: [493, 50] },
      {
        from: 'in-flight',
        to: 'unconfirmed',
        path: 'M410 80L562 158',
        text: 'accepted, to be confirmed',
        at: [478, 136],
        anchor: 'end',
      },
      {
        from: 'unconfirmed',
        to: 'acknowledged',
        path: 'M630 150V84',
        text: 'confirmed',
        at: [622, 122],
        anchor: 'end',
      },
      {
        from: 'unconfirmed',
        to: 'rejected',
        path: 'M630 190Q610 280 430 280',
        text: 'too few in time',
        at: [600, 276],
        anchor: 'start',
      },
      {
        from: 'in-flight',
        to: 'rejected',
        path: 'M360 80V256',
        text: 'refused',
        at: [352, 214],
        anchor: 'end',
      },
      { from: 'waiting', to: 'expired', path: 'M90 80V256', text: 'too old', at: [98, 172], anchor: 'start' },
      {
        from: 'waiting',
        to: 'rejected',
        path: 'M120 80L320 258',
        text: 'discarded',
        at: [196, 190],
        anchor: 'end',
      },
    ],
  },
};

// The browser picks by the `color-scheme` of the page that shows the image, so the theme that is chosen on the site counts.
const style = `
text{font:13px system-ui,-apple-system,"Segoe UI",sans-serif;text-anchor:middle;fill:#3d4654}
.state text{font-weight:600;font-size:14px;fill:#17202b}
.state rect{fill:#f4f6f9;stroke:#5b6675;stroke-width:1.5}
.good rect{fill:#e3f5e8;stroke:#1c7c3c}.bad rect{fill:#fdeaea;stroke:#b3261e}.wait rect{fill:#fff5dc;stroke:#8a6100}
.step{fill:none;stroke:#5b6675;stroke-width:1.5;marker-end:url(#tip)}#tip path{fill:#5b6675}
@media (prefers-color-scheme:dark){text{fill:#c3ccd8}.state text{fill:#f2f5f9}.state rect{fill:#232b36;stroke:#9aa6b5}
.good rect{fill:#12351f;stroke:#58c27d}.bad rect{fill:#40191a;stroke:#f0857f}.wait rect{fill:#3a2f12;stroke:#e0b44c}
.step{stroke:#9aa6b5}#tip path{fill:#9aa6b5}}`;

/** @param {Diagram} diagram @returns {string} */
function draw({ title, size: [w, h], states, steps }) {
  const boxes = Object.entries(states).map(
    ([
      name,
      {
        at: [x, y],
        kind = '',
      },
    ]) =>
      `<g class="state ${kind}"><rect x="${x - width / 2}" y="${y - height / 2}" width="${width}" height="${height}" rx="9"/><text x="${x}" y="${y + 5}">${name}</text></g>`,
  );
  const arrows = steps.map(
    ({ path, text, at: [x, y], anchor = 'middle' }) =>
      `<path class="step" d="${path}"/><text x="${x}" y="${y}" style="text-anchor:${anchor}">${text}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" role="img"><title>${title}</title><style>${style}</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>
${[...arrows, ...boxes].join('\n')}
</svg>
`;
}

for (const [name, diagram] of Object.entries(diagrams))
  writeFileSync(`docs/media/states-${name}.svg`, draw(diagram));
