import { useCallback, useEffect, useRef, useState } from 'react';
import { hueOf } from './hue.ts';
import { useEvent, usePresence, useRealtime } from './realtime.ts';
import { useSession } from './session.ts';

/** A pointer that was not moved for so long is not shown any more, in milliseconds. */
const rest = 8_000;
/** Told at most so often, in milliseconds: the server takes ten client events a second. */
const tellEvery = 150;

/** Somebody else's pointer. */
export interface ShownCursor {
  readonly id: string;
  readonly name: string;
  readonly hue: number;
  readonly x: number;
  readonly y: number;
}

/** The pointers of the others, and a way to tell them where ours is. Goes from client to client, and is never kept. */
export function useCursors(): {
  readonly cursors: readonly ShownCursor[];
  readonly tellCursor: (point: readonly [x: number, y: number]) => void;
} {
  const client = useRealtime();
  const { classId } = useSession();
  const members = usePresence(`presence-classroom-${classId}`, (presence) => presence.members);
  const [points, setPoints] = useState<Readonly<Record<string, { x: number; y: number; at: number }>>>({});
  const toldAt = useRef(0);

  useEvent(`presence-classroom-${classId}`, 'client-cursor', ({ x, y }, { userId }) => {
    if (userId !== undefined) setPoints((before) => ({ ...before, [userId]: { x, y, at: Date.now() } }));
  });
  useEffect(() => {
    const timer = setInterval(() => {
      const fresh = Date.now() - rest;
      setPoints((before) => {
        const kept = Object.entries(before).filter(([, { at }]) => at > fresh);
        return kept.length === Object.keys(before).length ? before : Object.fromEntries(kept);
      });
    }, 1_000);
    return () => clearInterval(timer);
  }, []);

  const tellCursor = useCallback(
    ([x, y]: readonly [x: number, y: number]) => {
      const room = client.channel('presence-classroom-{classId}', { classId });
      const now = Date.now();
      if (now - toldAt.current < tellEvery || room.subscription.get().state !== 'subscribed') return;
      toldAt.current = now;
      room
        .publish(
          'client-cursor',
          { x, y },
          { acknowledge: 'none', expiresIn: 2_000, keepRejected: false, replaces: 'cursor' },
        )
        .catch(() => {});
    },
    [client, classId],
  );

  const cursors = Object.entries(points).flatMap(([id, { x, y }]) => {
    const member = members.find((each) => each.id === id);
    return member === undefined ? [] : [{ id, name: member.info?.name ?? id, hue: hueOf(id), x, y }];
  });
  return { cursors, tellCursor };
}
