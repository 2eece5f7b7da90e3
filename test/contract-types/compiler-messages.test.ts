import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const require = createRequire(import.meta.url);
const compiler = join(dirname(require.resolve('@typescript/native/package.json')), 'bin/tsc');
const mistakes = new URL('../types/mistakes/mistakes.ts', import.meta.url);
const registered = new URL('../types/registered/registered.ts', import.meta.url);

/** Compiles the program in whose folder the file is. */
function compile(file: URL): { readonly status: number | null; readonly output: string } {
  const project = dirname(fileURLToPath(file));
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', project, '--pretty', 'false'], {
    encoding: 'utf8',
  });
  return { status, output: stdout };
}

/** The first line of each message, under the comment above the line that it is about. */
function messagesByMistake(output: string): Record<string, string> {
  const lines = readFileSync(mistakes, 'utf8').split(/\r?\n/);
  const messages = output.matchAll(/^\S*mistakes\.ts\((\d+),\d+\): error TS\d+: (.+)$/gm);
  return Object.fromEntries(
    [...messages].map(([, line = '', message = '']) => [
      lines[Number(line) - 2]?.trim().replace('// ', ''),
      message.trim(),
    ]),
  );
}

describe('what the compiler says', () => {
  it('to people who make a mistake, in words that help them', { timeout: 180_000 }, () => {
    expect(messagesByMistake(compile(mistakes).output)).toMatchInlineSnapshot(`
      {
        "a client event on a public channel": "Argument of type '"client-typing"' is not assignable to parameter of type '"progress"'.",
        "a missing parameter": "Property 'id' is missing in type '{}' but required in type '{ readonly id: string | number; }'.",
        "a parameter by another name": "Object literal may only specify known properties, and 'generation' does not exist in type '{ readonly id: string | number; }'.",
        "a payload of a hook, when nothing is registered": "Property 'status' does not exist on type 'UndescribedPayload'.",
        "a payload of the wrong shape": "Object literal may only specify known properties, but 'runs' does not exist in type '{ run: string; }'. Did you mean to write 'run'?",
        "a payload of the wrong shape, of an interface": "Type '"asleep"' is not assignable to type '"idle" | "working"'.",
        "a switch in the slot of statistics": "Type 'boolean' is not assignable to type 'StatisticsSlot<Statistics, "statistics: statistics()">'.",
        "an unknown channel": "Argument of type '"content-generatoin-42"' is not assignable to parameter of type '"agent-status" | \`content-generation-\${string}\` | \`private-plugin-\${string}\`'.",
        "an unknown channel of an interface": "Argument of type '"agent-statu"' is not assignable to parameter of type '"agent-status" | \`content-generation-\${string}\`'.",
        "an unknown event of an interface": "Argument of type '"change"' is not assignable to parameter of type '"changed" | "pusher:cache_miss" | "pusher:subscription_count"'.",
        "an unknown pattern": "Argument of type '"content-generation-{generation}"' is not assignable to parameter of type '"content-generation-{id}" | "private-plugin-{id}"'.",
        "data in the slot of authorization": "Object literal may only specify known properties, and 'endpoint' does not exist in type 'AuthSlot<"auth: backendAuth({ endpoint, … })">'.",
        "data in the slot of publishing": "Object literal may only specify known properties, and 'endpoint' does not exist in type 'PublishSlot<"publish: publishing({ endpoint, … })">'.",
        "listening to an unknown event": "Argument of type '"progres"' is not assignable to parameter of type '"client-typing" | "progress" | "pusher:cache_miss" | "pusher:subscription_count"'.",
        "members of a channel without presence": "Property 'members' does not exist on type 'Channel<DescribedShape<"content-generation-42", "id", { progress: TypedEvent<{ progress: number; }>; 'client-typing': TypedEvent<true>; }, unknown>>'.",
        "neither event() nor a schema": "Type 'NumberConstructor' is not assignable to type 'EventDefinition'.",
        "presence where there is none": "Type 'PresenceDefinition<{ name: string; }, { said: TypedEvent<string>; }>' is not assignable to type '"presence() is for names that begin with \\"presence-\\""'.",
        "publishing an unknown event": "Argument of type '"progres"' is not assignable to parameter of type '"progress"'.",
        "publishing an unknown event of an interface": "Argument of type '"change"' is not assignable to parameter of type '"changed"'.",
        "publishing an unknown event through the client": "Argument of type '"comand"' is not assignable to parameter of type '"command"'.",
        "the latest payload of a composable, when nothing is registered": "Property 'status' does not exist on type 'ChannelsNotDescribed | {}'.",
        "the latest payload of a hook, when nothing is registered": "Property 'status' does not exist on type 'ChannelsNotDescribed | {}'.",
      }
    `);
  });

  it('is nothing, to an application that registers its channels once', { timeout: 180_000 }, () => {
    expect(compile(registered)).toEqual({ status: 0, output: '' });
  });
});
