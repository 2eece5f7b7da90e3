// What another package gets of these declarations is as precise as in the package that made them.
import { useGeneration, useLatest, useMembers, useRun } from '../library/bindings.js';
import { generation, members, room, run, total } from '../library/channels.js';

generation.on('progress', ({ progress }) => progress.toFixed());
// @ts-expect-error a progress is a number
generation.on('progress', ({ progress }) => progress.toUpperCase());
export const names: readonly string[] = members.get().map(({ info }) => info.name);
export const sum: number = total.get().state;
export const sent: Promise<string> = run('build').then(({ id }) => id);
// @ts-expect-error there is no such event
room.on('nothing', () => undefined);

export function useAll(): readonly [number | undefined, string | undefined] {
  useRun().publish({ run: 'build' });
  // @ts-expect-error not what the event takes
  useRun().publish({ walk: 'build' });
  const id: string | undefined = useGeneration().channel?.params.id;
  // @ts-expect-error there is no such channel
  useLatest('content-generatoin-42', 'progress');
  return [
    useLatest(id && `content-generation-${id}`, 'progress')?.progress,
    useMembers().members[0]?.info.name,
  ];
}
