import { type PointerEvent, type ReactElement, useRef, useState } from 'react';
import type { WhiteboardStroke } from 'surewire/toolbox';
import { payload } from './content.ts';
import { useOutbox, useRealtime } from './realtime.ts';
import { useSession } from './session.ts';
import { useCursors } from './use-cursors.ts';

const [width, height] = [1_000, 560];
const inks = [
  ['Green', '#0f766e'],
  ['Red', '#be123c'],
  ['Blue', '#1d4ed8'],
  ['Amber', '#b45309'],
] as const;

type Point = readonly [x: number, y: number];

/** A board that all draw on. A stroke that the server has not taken yet is dashed. */
export function Whiteboard({ strokes }: { readonly strokes: readonly WhiteboardStroke[] }): ReactElement {
  const client = useRealtime();
  const { classId, userId, settings } = useSession();
  const { cursors, tellCursor } = useCursors();
  const [ink, setInk] = useState<string>(inks[0][1]);
  const [drawing, setDrawing] = useState<readonly Point[]>([]);
  const board = useRef<SVGSVGElement>(null);
  const pending = useOutbox(({ pending }) =>
    pending.filter(({ event }) => event === 'client-whiteboard-stroke'),
  );
  const known = new Set(strokes.map(({ strokeId }) => strokeId));
  const unsent = pending
    .flatMap((message) => payload<WhiteboardStroke>(message) ?? [])
    .filter(({ strokeId }) => !known.has(strokeId));

  const publish = (points: readonly Point[]): void => {
    const strokeId = `${userId}-${crypto.getRandomValues(new Uint32Array(2)).join('-')}`;
    const room = client.channel('presence-classroom-{classId}', { classId });
    // By the server, although its name would allow the short way: so it is in the history, for those who come later.
    room
      .publish(
        'client-whiteboard-stroke',
        { strokeId, points, color: ink, width: 5 },
        { id: strokeId, route: 'server' },
      )
      .catch(() => {});
  };
  const wipe = (): void => {
    const room = client.channel('presence-classroom-{classId}', { classId });
    room.publish('client-whiteboard-clear', {}, { route: 'server' }).catch(() => {});
  };
  const pointOf = ({ clientX, clientY }: PointerEvent): Point => {
    const box = board.current?.getBoundingClientRect();
    if (box === undefined) return [0, 0];
    return [
      Math.round(((clientX - box.left) / box.width) * width),
      Math.round(((clientY - box.top) / box.height) * height),
    ];
  };

  return (
    <section className="card board" aria-labelledby="board-title">
      <div className="card-heading">
        <h3 id="board-title">Whiteboard</h3>
        <fieldset className="inks">
          <legend className="unseen">Ink</legend>
          {inks.map(([name, color]) => (
            <label key={color} title={name}>
              <input
                type="radio"
                name="ink"
                value={color}
                checked={ink === color}
                onChange={() => setInk(color)}
              />
              <span style={{ background: color }} />
              <span className="unseen">{name}</span>
            </label>
          ))}
        </fieldset>
        {settings.publish === undefined ? null : (
          <>
            <button type="button" className="small" onClick={() => publish(star())}>
              Stamp a star
            </button>
            <button type="button" className="small" onClick={wipe}>
              Wipe
            </button>
          </>
        )}
      </div>
      <svg
        id="board"
        ref={board}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`Whiteboard with ${strokes.length + unsent.length} strokes. Draw with a pointer, or stamp stars with the button.`}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrawing([pointOf(event)]);
        }}
        onPointerMove={(event) => {
          const point = pointOf(event);
          tellCursor(point);
          if (drawing.length > 0 && drawing.length < 300) setDrawing([...drawing, point]);
        }}
        onPointerUp={() => {
          if (drawing.length > 1 && settings.publish !== undefined) publish(drawing);
          setDrawing([]);
        }}
        onPointerCancel={() => setDrawing([])}
      >
        {strokes.map((stroke) => (
          <Line key={stroke.strokeId} stroke={stroke} fate="heard" />
        ))}
        {unsent.map((stroke) => (
          <Line key={stroke.strokeId} stroke={stroke} fate="waiting" />
        ))}
        {drawing.length > 1 ? (
          <Line stroke={{ strokeId: 'drawing', points: drawing, color: ink, width: 5 }} fate="heard" />
        ) : null}
        {cursors.map(({ id, name, hue, x, y }) => (
          <g key={id} className="cursor" data-hue={hue} style={{ transform: `translate(${x}px, ${y}px)` }}>
            <path d="M0 0l9 26 6-10 12-3z" />
            <text x="22" y="40">
              {name}
            </text>
          </g>
        ))}
      </svg>
    </section>
  );
}

function Line({
  stroke,
  fate,
}: {
  readonly stroke: WhiteboardStroke;
  readonly fate: 'heard' | 'waiting';
}): ReactElement {
  return (
    <polyline
      className="stroke"
      data-fate={fate}
      points={stroke.points.map((point) => point.join(',')).join(' ')}
      stroke={stroke.color ?? 'currentColor'}
      strokeWidth={stroke.width ?? 5}
    />
  );
}

/** A star somewhere on the board, for those who do not draw with a pointer. */
function star(): Point[] {
  const [x, y] = [120 + Math.random() * (width - 240), 110 + Math.random() * (height - 220)];
  return Array.from({ length: 11 }, (_, step) => {
    const radius = step % 2 === 0 ? 70 : 28;
    const angle = (Math.PI * step) / 5 - Math.PI / 2;
    return [Math.round(x + radius * Math.cos(angle)), Math.round(y + radius * Math.sin(angle))] as const;
  });
}
