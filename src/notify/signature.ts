import { createHmac } from 'node:crypto';

/**
 * The seal of a webhook: HMAC-SHA-256, keyed with the receiver's secret, over the time of sending (seconds since the
 * epoch, as in the header), a full stop, and the body as sent. A receiver compares it in constant time and refuses
 * what is older than some minutes, so that nothing recorded can be played back.
 */
export function sign(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}
