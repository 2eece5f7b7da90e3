import { type ReactElement, useEffect } from 'react';
import { Classroom } from './classroom.tsx';
import { Developers, FatalProblem } from './developers.tsx';
import { Figures } from './figures.tsx';
import { Lesson } from './lesson.tsx';
import { News } from './news.tsx';
import { Outbox } from './outbox.tsx';
import { Race } from './race.tsx';
import { RealtimeProvider } from './realtime.ts';
import { type Session, SessionProvider } from './session.ts';
import { StatusBar } from './status-bar.tsx';
import { FaultProvider } from './use-faults.ts';

/** The whole page. */
export function App({ session }: { readonly session: Session }): ReactElement {
  useEffect(() => session.journeys.follow(), [session]);
  return (
    <SessionProvider value={session}>
      <RealtimeProvider client={session.client}>
        <FaultProvider>
          <StatusBar />
          <FatalProblem />
          <main id="top">
            {session.settings.mode === 'embedded' ? <Race /> : <Welcome />}
            <Classroom />
            <Outbox />
            <Lesson />
            <News />
            <Figures />
            <Developers />
          </main>
          <footer className="quiet">
            <p>
              surewire, a realtime client for Pusher Channels and servers that speak its protocol. This page
              is written with <code>surewire/react</code>.
            </p>
          </footer>
        </FaultProvider>
      </RealtimeProvider>
    </SessionProvider>
  );
}

/** The opening where there is no server that could be broken on purpose. */
function Welcome(): ReactElement {
  return (
    <section id="race" className="hero" aria-labelledby="race-title">
      <p className="eyebrow">Realtime for Pusher Channels that people can rely on</p>
      <h1 id="race-title">Messages that arrive, even when the network fails.</h1>
      <p className="lead">
        This page talks to the service that its environment names. Go offline with the button under{' '}
        <a href="#outbox">your messages</a>, or switch your Wi-Fi off.
      </p>
      <p className="unavailable">
        Unavailable: the test side by side. Only the server that comes with the demo can be broken on purpose.
      </p>
    </section>
  );
}
