/** A flood of messages, which begins when a connection has asked for all channels. */
export interface Flood {
  readonly channels: number;
  /** The size of a payload as JSON, in bytes, roughly. */
  readonly bytes: number;
  readonly count: number;
}

/** The name of one of the channels that contestants use. */
export function channelName(index: number, kind: 'public' | 'private' = 'public'): string {
  return kind === 'public' ? `content-generation-${index}` : `private-plugin-${index}`;
}

/** Content as a dashboard gets it: some texts, numbers and a list. */
export function payload(bytes: number): unknown {
  const steps: unknown[] = [];
  const content = { status: 'running', progress: 42.5, contentId: '0a1b2c3d', message: '', steps };
  const size = (): number => JSON.stringify(content).length;
  while (size() < bytes - 60) steps.push({ id: steps.length, name: 'terrain', done: true, took: 12.75 });
  content.message = 'x'.repeat(Math.max(0, bytes - size()));
  return content;
}
