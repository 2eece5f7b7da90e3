import { useCallback, useEffect, useRef, useState } from 'react';
import { useEvent, useRealtime } from './realtime.ts';
import { useSession } from './session.ts';

/** Whoever has not typed for so long has stopped, in milliseconds. */
const pause = 2_500;
/** Told at most so often, in milliseconds. */
const tellEvery = 1_000;

/** Who of the others types at the moment, and a way to tell them that we do. Goes from client to client, and is never kept. */
export function useTyping(): { readonly typing: readonly string[]; readonly tellTyping: () => void } {
  const client = useRealtime();
  const { classId, user } = useSession();
  const [typing, setTyping] = useState<readonly string[]>([]);
  const until = useRef(new Map<string, number>());
  const toldAt = useRef(0);

  const look = useCallback(() => {
    const now = Date.now();
    for (const [name, end] of until.current) if (end <= now) until.current.delete(name);
    const names = [...until.current.keys()];
    setTyping((before) => (before.join() === names.join() ? before : names));
  }, []);

  useEvent(`presence-classroom-${classId}`, 'client-typing', ({ name }) => {
    until.current.set(name, Date.now() + pause);
    look();
  });
  useEvent(`presence-classroom-${classId}`, 'chat', ({ name }) => {
    until.current.delete(name);
    look();
  });
  useEffect(() => {
    const timer = setInterval(look, 500);
    return () => clearInterval(timer);
  }, [look]);

  const tellTyping = useCallback(() => {
    const room = client.channel('presence-classroom-{classId}', { classId });
    const now = Date.now();
    if (now - toldAt.current < tellEvery || room.subscription.get().state !== 'subscribed') return;
    toldAt.current = now;
    room
      .publish(
        'client-typing',
        { name: user },
        { acknowledge: 'none', expiresIn: 2_000, keepRejected: false, replaces: 'typing' },
      )
      .catch(() => {});
  }, [client, classId, user]);

  return { typing, tellTyping };
}
