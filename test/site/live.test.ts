// The examples that run in their pages: every button is pressed, and what they print is what the guide says.
import { readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { examplesIn } from '../../.ci/site-examples.mjs';
import { BuiltSite } from '../setup/built-site';

const cut = 'Cut the network for 5 s';
const restart = 'Restart the server (3 s)';
const guide = readFileSync('docs/guides/try-it.md', 'utf8');

let site: BuiltSite;
const faults: string[] = [];
beforeAll(async () => {
  site = await BuiltSite.start();
});
afterAll(async () => {
  await site.stop();
  expect(faults).toEqual([]);
});

/** Resolves once `check` does. Not `expect.poll`, which does not know its test among several at once. */
function until(check: () => Promise<void>): Promise<void> {
  return vi.waitFor(check, { timeout: 60_000, interval: 100 });
}

async function open(path: string): Promise<Page> {
  const page = await site.open(path);
  page.on('pageerror', (error) => faults.push(String(error)));
  return page;
}

/** One example: its buttons, and what it printed, without the times. */
class Example {
  readonly #panel: Locator;

  constructor(panel: Locator) {
    this.#panel = panel;
  }

  /** In a window of its own, so that all of them can run at once. */
  static async titled(title: string): Promise<Example> {
    const page = await open('documents/Try_it.html');
    // The first panel after a heading is the one of its section.
    const heading = `//h2[starts-with(normalize-space(), "${title}")]`;
    return new Example(page.locator(`xpath=${heading}/following::div[@class="live-panel"][1]`));
  }

  press(name: string): Promise<void> {
    return this.#panel.getByRole('button', { name, exact: true }).click();
  }

  /** Presses the button in the moment in which `words` are printed, without the way to the page and back. */
  pressOnceItSays(words: string, name: string): Promise<void> {
    return this.#panel.evaluate(
      (panel, [wanted, button]) => {
        const watch = new MutationObserver(() => {
          if (!panel.textContent?.includes(wanted)) return;
          watch.disconnect();
          const buttons = [...panel.querySelectorAll('button')];
          buttons.find(({ textContent }) => textContent?.trim() === button)?.click();
        });
        watch.observe(panel, { childList: true, subtree: true, characterData: true });
      },
      [words, name] as const,
    );
  }

  /**
   * Whether it prints `words` within so many milliseconds of a page that runs: they are counted in the page, in steps, so that a
   * machine that stands still makes one of them longer, as it does to the page's own timers.
   */
  saysWithin(milliseconds: number, words: string): Promise<boolean> {
    return this.#panel.evaluate(
      async (panel, [limit, wanted]) => {
        const step = 50;
        for (let passed = 0; passed < limit; passed += step) {
          if (panel.textContent?.includes(wanted)) return true;
          await new Promise((resolve) => setTimeout(resolve, step));
        }
        return false;
      },
      [milliseconds, words] as const,
    );
  }

  buttons(): Promise<string[]> {
    return this.#panel.getByRole('button').allInnerTexts();
  }

  state(): Promise<string> {
    return this.#panel.getByRole('status').innerText();
  }

  async lines(): Promise<string[]> {
    const text = await this.#panel.locator('.live-output').innerText();
    return text.split(/^ *\d+\.\d s {2}/m).flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
  }

  /** What was printed since the last line that a button wrote. */
  async linesAfter(mark: string): Promise<string[]> {
    const lines = await this.lines();
    return lines.slice(lines.lastIndexOf(`── ${mark}`) + 1);
  }

  /** Resolves once a line after `mark` is like that; without one, any line. */
  says(pattern: RegExp | string, mark?: string): Promise<void> {
    return until(async () => {
      const lines = await (mark === undefined ? this.lines() : this.linesAfter(mark));
      expect(lines).toContainEqual(expect.stringMatching(pattern));
    });
  }
}

describe.concurrent('the examples of "Try it"', { timeout: 180_000 }, () => {
  test.each(['Listen, and publish', 'Proof that it arrived', 'A backend in trouble'])(
    '%s: prints what the guide says it prints',
    async (title) => {
      const section = guide.slice(guide.indexOf(`## ${title}`));
      const [code = ''] = examplesIn(section);
      const promised = Array.from(code.matchAll(/\/\/ prints (.*)$/gm), ([, line]) => line);
      expect(promised.length).toBeGreaterThan(1);
      const example = await Example.titled(title);
      expect(await example.buttons()).toEqual(['Run']);
      await example.press('Run');
      await until(async () => expect(await example.lines()).toEqual(promised));
    },
  );

  test('Errors say what to do: with a code, and the address of what to do about it', async () => {
    const example = await Example.titled('Errors say what to do');
    await example.press('Run');
    await until(async () => expect(await example.lines()).toHaveLength(2));
    const [tooLarge, refused] = await example.lines();
    expect(tooLarge).toMatch(/^payload-too-large: .*\n +https:\S+Errors\.html#payload-too-large$/s);
    expect(refused).toMatch(/^subscription: .*private-staff.*\n +https:\S+Errors\.html#subscription$/s);
  });

  test('Cut the network: nothing is lost, and everything comes in order, in an outage and in a restart', async () => {
    const example = await Example.titled('Cut the network');
    await example.press('Run');
    await example.says('all 5 arrived in order');
    await example.press(cut);
    await example.says('and back');
    await example.says(/the connection was away for \d+\.\d s/, 'and back');
    await example.says(/all \d+ arrived in order, [01] on the way/, 'and back');
    await example.press(restart);
    await example.says(/the connection was away for \d+\.\d s/, restart);
    await example.says(/all \d+ arrived in order, [01] on the way/, restart);
    expect((await example.lines()).filter((line) => line.includes('was expected'))).toEqual([]);
  });

  test('A link that died without a word is noticed within 20 seconds, and used again when it is not muted any more', async () => {
    const example = await Example.titled('A link that died');
    await example.press('Run');
    await example.says(/one round trip takes \d+ ms/);
    await example.press('Mute the link');
    expect(await example.saysWithin(20_000, 'reconnecting unreachable')).toBe(true);
    await example.press('Unmute');
    await until(async () => expect(await example.state()).toBe('connected'));
  });

  test('A token expires: it is renewed ahead, a refused one once, and the channel is back', async () => {
    const example = await Example.titled('A token expires');
    await example.press('Run');
    await example.says('private-lesson-3 is subscribed');
    await example.press('Expire the token');
    await example.says('private-lesson-3 is subscribed', 'Expire the token');
    // The next one may be about to expire by the time that a busy machine looks.
    const renewals = (await example.linesAfter('Expire the token')).filter(
      (line) => line.startsWith('a token, please') && !line.endsWith('expiring'),
    );
    expect(renewals).toEqual(['a token, please: refused']);
    await example.press(cut);
    await example.says('private-lesson-3 is subscribed', 'and back');
    await example.says('a token, please: expiring');
  });

  test('Go offline: people read it in words, what they publish waits, and goes out afterwards', async () => {
    const example = await Example.titled('Go offline');
    await example.press('Run');
    await example.says(/^said \{ n: 1 \}/);
    await example.press('Go offline');
    await example.says('You are offline.', 'Go offline');
    await example.says('3 unsent', 'Go offline');
    await example.press('Come back online');
    await example.says(/^connected$/, 'Go offline');
    const heard = async (): Promise<string[]> =>
      (await example.lines()).filter((line) => line.startsWith('said'));
    await until(async () => expect((await heard()).length).toBeGreaterThan(6));
    const said = await heard();
    expect(said).toEqual(said.map((_, index) => `said { n: ${index + 1} }`));
  });

  test('Fill what was missed: the history fills the hole, in order', async () => {
    const example = await Example.titled('Fill what was missed');
    await example.press('Run');
    await example.says(/cents: 101/);
    await example.press(cut);
    await example.says(/from the history/, cut);
    await example.press(restart);
    await example.says(/from the history/, restart);
    const cents = (await example.lines()).flatMap((line) => /cents: (\d+)/.exec(line)?.[1] ?? []).map(Number);
    expect(cents).toEqual(cents.map((_, index) => 100 + index));
  });

  test('Who is here: the list stays while the network is cut, and says afterwards who left', async () => {
    const example = await Example.titled('Who is here');
    // Grace leaves three seconds later, which a busy machine may need for a press.
    await example.pressOnceItSays('Ada, Grace', cut);
    await example.press('Run');
    await example.says('and back');
    await example.says(/^Ada, Grace$/);
    const lines = await example.lines();
    expect(lines.slice(lines.indexOf(`── ${cut}`) + 1, lines.indexOf('── and back'))).toEqual([]);
    await example.says(/^Ada$/, 'and back');
  });
});

describe('the example of the landing page', { timeout: 180_000 }, () => {
  test('runs, and what is published during a cut arrives in order', async () => {
    const landing = await open('index.html');
    const example = new Example(landing.locator('.live-panel'));
    await example.press('Run');
    await example.says('n: 2 ');
    await example.press(cut);
    await example.says('back again', 'and back');
    await until(async () => expect((await example.linesAfter('and back')).length).toBeGreaterThan(20));
    const heard = (await example.lines()).filter((line) => line.startsWith('{'));
    expect(heard).toEqual(heard.map((_, index) => `{ n: ${index + 1} }`));
  });
});
