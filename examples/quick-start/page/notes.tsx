import { type ReactElement, useState } from 'react';
import type { NoteEdit } from '../channels.ts';
import { type ClassroomState, noteLines, withEdit } from './classroom-state.ts';
import { payload } from './content.ts';
import { useOutbox, useRealtime } from './realtime.ts';
import { useSession } from './session.ts';

/** A document that all write in, line by line. What was written without a network is there at once, and sent later. */
export function Notes({ notes }: { readonly notes: ClassroomState['notes'] }): ReactElement {
  const client = useRealtime();
  const { classId, user, settings } = useSession();
  const [draft, setDraft] = useState<{ readonly line: number; readonly text: string }>();
  const pending = useOutbox(({ pending }) => pending.filter(({ event }) => event === 'client-document-edit'));
  const edits = pending.flatMap((message) => payload<NoteEdit>(message) ?? []);
  const shown = edits.reduce(withEdit, notes);
  const waiting = new Set(edits.map(({ change }) => change.line));

  const write = (line: number, text: string): void => {
    setDraft({ line, text });
    const version = Math.max(Date.now(), 1 + (shown[line]?.version ?? 0));
    const edit = { documentId: 'notes', version, change: { line, text, by: user } };
    // The newer edit of a line takes the place of one that still waits: only the last one is sent.
    client
      .channel('presence-classroom-{classId}', { classId })
      .publish('client-document-edit', edit, { route: 'server', replaces: `line-${line}` })
      .catch(() => {});
  };

  return (
    <section className="card notes" aria-labelledby="notes-title">
      <h3 id="notes-title">Shared notes</h3>
      <ol id="notes">
        {Array.from({ length: noteLines }, (_, line) => {
          const note = shown[line];
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number.
            <li key={line} data-fate={waiting.has(line) ? 'waiting' : 'heard'}>
              <input
                aria-label={`Line ${line + 1} of the notes`}
                value={draft?.line === line ? draft.text : (note?.text ?? '')}
                maxLength={120}
                disabled={settings.publish === undefined}
                placeholder={line === 0 ? 'Write a line; everyone sees it' : ''}
                onChange={({ target }) => write(line, target.value)}
                onBlur={() => setDraft(undefined)}
              />
              {note === undefined || note.text === '' ? null : <small>{note.by}</small>}
            </li>
          );
        })}
      </ol>
    </section>
  );
}
