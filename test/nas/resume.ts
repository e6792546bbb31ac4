import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { randomFrom } from '../kit/seed';
import { startHalfPut } from './half-put';
import { halvedBody, MiB } from './halved-body';
import { behind, type NasCase } from './nas';

const megabytes = 128;

export const resumeCases: readonly NasCase[] = (['NFS 4.1', 'SMB 3'] as const).map((protocol) => ({
  name: `${protocol}: a put of 128 MiB that is killed at some moment goes on, and sends at most 64 MiB again`,
  run: async (nas) => {
    const stopAt = 65 + Math.floor(randomFrom(Number(process.env['CAIRN_SEED']))() * (megabytes - 65));
    const half = await startHalfPut(nas, protocol, 'long/object', { megabytes, stopAt, id: 'long' });
    await half.kill();
    const { body, asked } = halvedBody({ megabytes, id: 'long' });
    const target = nas.open(protocol);
    await target.put('long/object', body);
    assert.ok(asked[0]! >= (stopAt - 64) * MiB, `killed at ${stopAt} MiB it went on from ${asked[0]}`);
    let at = 0;
    for await (const chunk of await target.get('long/object')) {
      const expected = halvedBody({ megabytes, id: 'long' }).bytesAt(at, (chunk as Buffer).length);
      assert.ok(expected.equals(chunk as Buffer), `other bytes than were sent, behind ${at}`);
      at += (chunk as Buffer).length;
    }
    assert.equal(at, megabytes * MiB);
    await rm(behind('share', 'long'), { recursive: true });
  },
}));
