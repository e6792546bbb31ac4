import type { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';

/** Reads values out of raw payloads (of a history, of a heartbeat) with the client's own data converter. */
export async function decodePayloads(client: Client, payloads: readonly Payload[] | null | undefined) {
  const { payloadCodecs, payloadConverter } = client.options.loadedDataConverter;
  let plain: Payload[] = [...(payloads ?? [])];
  for (const codec of [...payloadCodecs].reverse()) plain = await codec.decode(plain);
  return plain.map((payload) => payloadConverter.fromPayload<unknown>(payload));
}
