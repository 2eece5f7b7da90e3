import { websocketService } from './realtime.ts';

interface Grade {
  student: string;
  score: number;
}

/** A teacher's page: the old service, as its callers use it. */
export class LessonPage {
  good: string[] = [];
  announcements: unknown[] = [];
  states: string[] = [];
  private subscription = '';
  private stopStates = () => {};
  private readonly announce = (payload: unknown) => {
    this.announcements.push(payload);
  };

  async open(token: string): Promise<void> {
    this.stopStates = websocketService.onStateChange((state) => this.states.push(state));
    this.subscription = websocketService.subscribe(
      'class-3',
      (message) => this.good.push((message.payload as Grade).student),
      (message) => message.type === 'grade' && (message.payload as Grade).score >= 5,
    );
    websocketService.on('announcement', this.announce);
    await websocketService.connect(token);
  }

  start(lesson: number) {
    return websocketService.send('lesson_started', { lesson }, { awaitAcknowledgment: true, timeout: 5_000 });
  }

  note(text: string): void {
    void websocketService.send('note', { text });
  }

  refresh(token: string): Promise<void> {
    return websocketService.refreshToken(token);
  }

  get isConnected(): boolean {
    return websocketService.isConnected();
  }

  get stats() {
    return websocketService.getStats();
  }

  close(): void {
    websocketService.unsubscribe(this.subscription);
    websocketService.off('announcement', this.announce);
    websocketService.disconnect('page closed');
    this.stopStates();
  }
}
