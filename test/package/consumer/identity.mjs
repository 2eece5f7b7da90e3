// Prints whether what one entry throws is an instance of the class that the other exports.
import { RealtimeError } from 'surewire';
import { createTestServer } from 'surewire/testing';

try {
  createTestServer({ apps: [] });
  process.stdout.write('nothing thrown');
} catch (error) {
  process.stdout.write(String(error instanceof RealtimeError));
}
