import { useCallback } from 'react';
import { useRealtime } from './realtime.ts';
import { useSession } from './session.ts';

/** How a line is to be sent, where it is not as usual. */
export interface SayingOptions {
  /** Give it up after so many milliseconds of waiting. */
  readonly expiresIn?: number;
}

/** Says something in the classroom, for as long as it takes. Resolves once nothing can get lost with this page. */
export function useSay(): (text: string, options?: SayingOptions) => Promise<void> {
  const client = useRealtime();
  const { classId, userId, user } = useSession();
  return useCallback(
    async (text, options = {}) => {
      const room = client.channel('presence-classroom-{classId}', { classId });
      const id = `${userId}-${crypto.getRandomValues(new Uint32Array(2)).join('-')}`;
      const isAccompanied = room.members.get().some((member) => member.id !== userId);
      // Waiting for a confirmation makes sense only where there is somebody to confirm it.
      const acknowledge = isAccompanied ? 'delivered' : 'accepted';
      // Its end is among the journeys, also when this page is gone by then.
      room.publish('chat', { id, userId, name: user, text }, { id, acknowledge, ...options }).catch(() => {});
    },
    [client, classId, userId, user],
  );
}
