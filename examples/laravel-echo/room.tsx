import { useEchoPresence } from '@laravel/echo-react';
import { type FormEvent, type ReactElement, useEffect, useState } from 'react';

interface Person {
  readonly name: string;
}

export function Room(): ReactElement {
  const [people, setPeople] = useState<readonly string[]>([]);
  const [said, setSaid] = useState<readonly string[]>([]);
  const { channel } = useEchoPresence('room.1');

  useEffect(() => {
    channel()
      ?.here((everybody: readonly Person[]) => setPeople(everybody.map(({ name }) => name)))
      .joining(({ name }: Person) => setPeople((before) => [...before.filter((each) => each !== name), name]))
      .leaving(({ name }: Person) => setPeople((before) => before.filter((each) => each !== name)))
      .listenForWhisper('said', ({ text }: { text: string }) => setSaid((before) => [...before, text]));
  }, [channel]);

  const whisper = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    channel()?.whisper('said', { text: String(new FormData(event.currentTarget).get('text')) });
  };

  return (
    <section>
      <p id="people">{people.toSorted().join(', ')}</p>
      <form onSubmit={whisper}>
        <input name="text" defaultValue="Hello" aria-label="Text" />
        <button type="submit">Whisper</button>
      </form>
      <ol id="said">
        {said.map((text, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: whispers have no ids, and the list only grows
          <li key={index}>{text}</li>
        ))}
      </ol>
    </section>
  );
}
