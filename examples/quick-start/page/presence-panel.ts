import { type DemoClient, showSubscription } from './demo-client.ts';
import { find, make } from './document.ts';

/** Shows who is in the classroom, ourselves included. */
export function showPresence(client: DemoClient): void {
  const classroom = client.channel('presence-classroom-{classId}', { classId: 5 });
  const people = find('people', HTMLElement);
  const count = find('present-count', HTMLElement);
  const show = (): void => {
    const members = classroom.members.get();
    const me = classroom.me.get();
    count.textContent = String(members.length);
    people.replaceChildren(
      ...members.map(({ id, info }) => {
        const name = info?.name ?? id;
        const initial = make(
          'span',
          { class: 'avatar', 'aria-hidden': 'true' },
          name.slice(0, 1).toUpperCase(),
        );
        return make(
          'li',
          {},
          initial,
          name,
          ...(id === me?.id ? [' ', make('span', { class: 'tag' }, 'you')] : []),
        );
      }),
    );
  };
  // During an outage these are the members as last known.
  classroom.subscription.subscribe(({ state }) => {
    people.dataset['stale'] = String(state !== 'subscribed');
  });
  classroom.members.subscribe(show);
  classroom.me.subscribe(show);
  classroom.hold();
  showSubscription(find('classroom-channel', HTMLElement), classroom);
  show();
}
