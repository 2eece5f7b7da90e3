import { type CSSProperties, type FormEvent, type ReactElement, useEffect, useState } from 'react';
import { guardUnload } from 'surewire';
import { useStore } from 'surewire/react';
import { JourneyRow } from './journey-row.tsx';
import { useRealtime } from './realtime.ts';
import { addressFor, useSession } from './session.ts';
import { useFaults } from './use-faults.ts';
import { useNetwork } from './use-network.ts';
import { useSay } from './use-say.ts';
import { plural } from './words.ts';

const stations = ['Waiting', 'On its way', 'Accepted', 'Delivered'];

/** Our messages on their way to the others, and what can happen to them. */
export function Outbox(): ReactElement {
  const { journeys, settings, network } = useSession();
  const { faults, command } = useFaults();
  const client = useRealtime();
  const { isSwitchedOff, isOnline } = useNetwork();
  const [text, setText] = useState('See you at the library');
  const [isBrief, setBrief] = useState(false);
  const [isGuarded, setGuarded] = useState(false);
  const say = useSay();
  const all = useStore(journeys);
  const owed = all.filter(({ end }) => end === undefined);
  const isEmbedded = settings.mode === 'embedded';

  useEffect(() => (isGuarded ? guardUnload(client.outbox) : undefined), [isGuarded, client]);

  const send = (submission: FormEvent, count: number): void => {
    submission.preventDefault();
    for (let number = 1; number <= count; number += 1) {
      const numbered = count === 1 ? text : `${text} ${number}`;
      void say(numbered, isBrief ? { expiresIn: 10_000 } : {});
    }
  };

  return (
    <section id="outbox" aria-labelledby="outbox-title">
      <div className="heading">
        <div>
          <h2 id="outbox-title">Your messages on their way</h2>
          <p className="quiet" id="offline-note">
            {networkWords(isSwitchedOff, isOnline)}
          </p>
        </div>
        {settings.auth === undefined ? null : (
          <div className="actions">
            <button
              type="button"
              id="offline"
              className={isSwitchedOff ? 'primary' : 'fault'}
              onClick={() => network.flip()}
            >
              {isSwitchedOff ? 'Come back online' : 'Go offline'}
            </button>
            <button type="button" onClick={() => location.reload()}>
              Reload this page
            </button>
          </div>
        )}
      </div>
      {settings.publish === undefined ? (
        <p className="unavailable">
          Unavailable: sending needs a backend that publishes. Name its endpoint in
          <code> VITE_PUSHER_PUBLISH_ENDPOINT</code>.
        </p>
      ) : (
        <div className="card outbox">
          <form onSubmit={(event) => send(event, 1)}>
            <label className="field">
              <span>A message to the class</span>
              <input
                id="message"
                value={text}
                maxLength={120}
                required
                autoComplete="off"
                onChange={({ target }) => setText(target.value)}
              />
            </label>
            <button type="submit" className="primary">
              Send it
            </button>
            <button type="button" onClick={(event) => send(event, 3)}>
              Send 3
            </button>
            {isEmbedded ? (
              <span className="fault-group">
                <button
                  type="button"
                  className="fault"
                  aria-pressed={faults?.refusingPublishing ?? false}
                  onClick={() =>
                    void command('refuse-publishing', { on: String(!faults?.refusingPublishing) })
                  }
                >
                  Refuse what I send
                </button>
                <button type="button" className="fault" onClick={() => void command('expire')}>
                  Expire my sign-in
                </button>
              </span>
            ) : null}
          </form>
          <div className="stations" aria-hidden="true">
            <div>
              {stations.map((station, index) => (
                <span key={station} style={{ '--place': index / (stations.length - 1) } as CSSProperties}>
                  {station}
                </span>
              ))}
            </div>
          </div>
          <ol id="journeys" aria-label="Your messages, newest first">
            {all.length === 0 ? (
              <li className="empty">Nothing yet. Send something, or go offline first and then send.</li>
            ) : null}
            {[...all]
              .reverse()
              .slice(0, 8)
              .map((journey) => (
                <JourneyRow key={journey.id} journey={journey} />
              ))}
          </ol>
          <p className="quiet" id="owed" role="status">
            {owed.length === 0
              ? 'Nothing is waiting.'
              : `${plural(owed.length, 'message')} not there yet. None can get lost.`}
          </p>
          <details className="more">
            <summary>More to try</summary>
            <div className="tries">
              <label>
                <input
                  type="checkbox"
                  checked={isBrief}
                  onChange={({ target }) => setBrief(target.checked)}
                />{' '}
                Give a message up after 10 seconds
              </label>
              <label>
                <input
                  type="checkbox"
                  checked={isGuarded}
                  onChange={({ target }) => setGuarded(target.checked)}
                />{' '}
                Ask before unsent messages are left behind
              </label>
              <button type="button" className="small" onClick={() => void client.outbox.flush()}>
                Try all now
              </button>
              <button type="button" className="small" onClick={() => void client.outbox.clear()}>
                Discard all
              </button>
              <SecondTab />
            </div>
          </details>
        </div>
      )}
    </section>
  );
}

/** Two tabs of one user share an outbox: what waits in one that is closed is not lost with it. */
function SecondTab(): ReactElement {
  const { user } = useSession();
  return (
    <p className="quiet">
      <a href={addressFor(user)} target="_blank" rel="noreferrer">
        Open another tab of yours
      </a>
      : if you close a tab, the other one sends its waiting messages.
    </p>
  );
}

function networkWords(isSwitchedOff: boolean, isOnline: boolean): string {
  if (isSwitchedOff)
    return 'You are offline, in all tabs of this browser. Send something, reload this page, then come back.';
  if (!isOnline) return 'The browser says that there is no network. Messages you send will wait.';
  return 'Go offline, send a few, reload the page: they are still there, and are sent when you come back.';
}
