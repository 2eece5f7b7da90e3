/**
 * A Pusher-protocol server for tests: in memory, behind msw, or on a real port.
 *
 * @module surewire/testing
 */

export type { TestAppOptions, TestServerLimits } from './app-options';
export type {
  ApplicationOptions,
  AuthorizationDecision,
  AuthorizationRequest,
} from './application-endpoints';
export type {
  ListeningServer,
  MemoryClientOptions,
  NetworkClientOptions,
  ServerEndpoints,
  TestValues,
} from './client-options';
export type { RejectionOptions } from './endpoint-faults';
export type { RecordedRequest } from './http-surface';
export type { Identifiers } from './identifiers';
export { createManualClock, type ManualClock } from './manual-clock';
export type { MemorySocket, MemorySocketEvent, MemorySocketListener } from './memory-socket';
export type { RefusalSpan } from './network-faults';
export type { ListenOptions } from './node-host';
export type { TestChannel, TestConnection } from './server-views';
export { createTestClient, type TestClient, type TestClientOptions } from './test-client';
export { createTestServer, type TestServer } from './test-server';
export type { TestServerOptions, TokenRequest, TriggerOptions } from './test-server-options';
export type { TriggerAnswer, TriggerOutcome } from './trigger-answer';
export type { WebhookEvent, WebhookEventName, WebhookRecord, WebhookTarget } from './webhooks';
